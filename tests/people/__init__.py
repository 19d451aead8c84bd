"""Organizations, users and workers; logging in."""
