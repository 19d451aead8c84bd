"""Tests of tasks, categories and labels."""
