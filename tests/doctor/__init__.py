"""Tests of `workline doctor`: each check is provoked, and its finding states the problem and the remedy."""
