"""Descriptions that inputs of several mutations share."""

EXPECTED_VERSION = "The version that you have seen: if it changed since, nothing is done."
