"""Tests of orders, their lines and payments."""
