"""Descriptions that inputs of several mutations share."""

EXPECTED_VERSION = (
    "Expected version of the record. If it has another version, nothing is changed and a `ConflictError` is returned."
)
