"""Tests under concurrency: a thousand operations on few connections, and migrations during requests."""
