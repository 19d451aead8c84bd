"""Tests of the test support for applications."""
