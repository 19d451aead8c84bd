"""Building blocks of tables: base classes, columns and relationships."""
