"""Exclusion of the client tests from pytest's own run: `make test-clients` runs each client with its own packages."""

collect_ignore_glob = ["*"]
