"""Tests of money: random operations compared with a model, and error codes."""
