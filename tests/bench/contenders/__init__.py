"""Compared servers, each in a file of its own. Changed only in commits of their own."""
