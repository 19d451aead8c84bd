"""Mutations of organizations, users and sessions."""
