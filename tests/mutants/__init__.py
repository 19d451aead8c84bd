"""Mutation tests: `make mutants` applies each serious fault to a copy of the checkout, and the suite must find it."""
