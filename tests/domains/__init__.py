"""Domains of tests: each has a registry, a schema and databases of its own."""
