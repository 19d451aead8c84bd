"""Mutations of people, with their inputs and payloads."""
