"""Tokens, passwords and log-in, without HTTP and without a database."""
