"""Authentication: tokens, passwords, log-in and its limits. Independent of HTTP."""
