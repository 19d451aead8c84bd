"""Random documents for a whole schema, drawn as small trees that shrink to readable ones."""
