"""Operation of PostgreSQL: addresses, roles, databases, migrations, and an embedded server."""
