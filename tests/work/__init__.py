"""Tasks, their categories and labels."""
