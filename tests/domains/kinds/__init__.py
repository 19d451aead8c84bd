"""A domain with a column of every kind."""
