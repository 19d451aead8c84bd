"""Authentication: tokens, passwords, login and its limits. Independent of HTTP."""
