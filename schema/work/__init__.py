"""What is to be done: tasks, their categories and labels."""
