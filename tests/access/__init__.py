"""Tokens against what is stored of their users: access, role and credentials."""
