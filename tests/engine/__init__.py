"""The engine on a domain of its own: what it promises, shown on a real PostgreSQL."""
