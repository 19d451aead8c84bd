"""People: organizations, the users that log in and the workers that do the work."""
