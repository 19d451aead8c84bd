"""The engine: knows GraphQL, HTTP and PostgreSQL, and nothing of any domain."""
