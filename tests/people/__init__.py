"""Tests of organizations, users and workers."""
