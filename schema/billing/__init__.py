"""Billing: orders, their lines and their payments."""
