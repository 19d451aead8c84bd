"""Accounts, transfers and entries."""
