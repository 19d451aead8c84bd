"""Alembic environment of all migrations, building blocks for them, and the revisions of the engine's own tables."""
