"""Shared fixtures and helpers of several test folders."""
