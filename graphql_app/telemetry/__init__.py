"""Measurements of a running server, for its operators."""
