"""Tests of Workline. Names of tests are sentences, and tests of data use a real PostgreSQL."""
