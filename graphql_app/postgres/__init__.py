"""Operating PostgreSQL: understanding addresses, making roles and databases, and running an embedded server."""
