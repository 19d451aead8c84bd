"""Mutations of posts and comments, with their inputs and payloads."""
