"""Documents, admission, execution and encoding of operations."""
