"""Tests of reads for every entity of the schema, including entities that are added later."""
