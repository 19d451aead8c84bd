"""The root fields that change people, with what they take and what they give."""
