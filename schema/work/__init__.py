"""Work: tasks, their categories and labels."""
