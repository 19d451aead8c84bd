"""Mutation fields with their inputs, payloads, user errors and transactions."""
