"""Tests of tokens, passwords and login, without HTTP and without a database."""
