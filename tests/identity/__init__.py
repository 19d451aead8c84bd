"""Tests of organizations, users, login, tokens and passwords."""
