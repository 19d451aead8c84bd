"""Benchmark of Workline, hand-written handlers and other servers, on the same data in the same run."""
