"""Tests of orders and payments."""
