"""Tests of the engine with a toy domain and a real PostgreSQL."""
