"""Compilation of operations into statements and functions."""
