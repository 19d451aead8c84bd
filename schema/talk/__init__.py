"""Talk: posts, and comments on posts and tasks."""
