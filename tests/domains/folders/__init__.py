"""Domain with row rules: soft-deleted folders, private notes, and fields for some roles."""
