"""Tests of incremental responses: `@defer` and `@stream`."""
