"""Tests of the code layout: import directions, places, names."""
