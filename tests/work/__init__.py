"""Tests of tasks, their categories and labels."""
