"""Tests of organizations, users and workers, and of login."""
