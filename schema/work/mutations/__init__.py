"""The root fields that change work, with what they take and what they give."""
