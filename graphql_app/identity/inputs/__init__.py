"""Inputs and payloads of the mutations of organizations, users and sessions."""
