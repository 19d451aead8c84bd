"""Tests of money under faults: many clients, lost connections, deadlocks, and killed servers."""
