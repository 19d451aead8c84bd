"""Ledger: accounts, transfers between them and the entries of these."""
