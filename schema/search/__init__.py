"""Full-text search over tasks, posts, comments and workers, as one list with the best match first."""
