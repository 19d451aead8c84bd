"""People: organizations, the users who log in and the workers who do the work."""
