"""Mutations of work, with their inputs and payloads."""
