"""Posts, and comments on posts and tasks."""
