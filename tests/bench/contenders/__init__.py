"""Compared servers, each in a separate file. Changed only in separate commits."""
