"""Tests of posts, and of comments on posts and tasks."""
