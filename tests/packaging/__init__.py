"""Tests of the Dockerfile and compose.yaml, on machines without Docker."""
