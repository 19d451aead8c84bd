"""Tests of settings, the embedded server, addresses, roles, the command line, and scripts of the setup."""
