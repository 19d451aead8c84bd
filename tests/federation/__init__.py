"""Tests of the subgraph of Apollo Federation."""
