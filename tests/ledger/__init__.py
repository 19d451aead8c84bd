"""Tests of accounts, transfers and entries."""
