"""What is said: posts, and comments on posts and tasks."""
