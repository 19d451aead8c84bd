"""Settings, the embedded server, addresses, roles, the command line, and what sets a clone up."""
