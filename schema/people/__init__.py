"""People: the workers that do the work."""
