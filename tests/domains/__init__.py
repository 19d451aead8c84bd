"""Domains of tests: each has its own registry, schema and databases."""
