"""Serious faults that the suite must find: `make mutants` puts each of them into a copy of the checkout."""
