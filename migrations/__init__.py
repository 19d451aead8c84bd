"""How the database came to be: Alembic migrations, one file per step."""
