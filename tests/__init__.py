"""Tests. They read as sentences, and those that touch data use a real PostgreSQL."""
