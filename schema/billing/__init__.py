"""What is sold: orders, their lines and their payments."""
