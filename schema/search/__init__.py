"""Finding things by their words: tasks, posts, comments and workers in one list, the best first."""
