"""Tests of posts and comments."""
