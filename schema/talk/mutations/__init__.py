"""The root fields that change what is said, with what they take and what they give."""
