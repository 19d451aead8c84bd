"""What the inputs of many mutations say in the same words."""

EXPECTED_VERSION = "The version that you have seen: if it changed since, nothing is done."
