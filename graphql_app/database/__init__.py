"""Connection pool, operation sessions, write transactions and rows."""
