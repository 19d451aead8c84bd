"""Tests of tenant isolation through the whole API, by a crawler of the schema."""
