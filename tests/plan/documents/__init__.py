"""Random documents over a whole schema, drawn as small trees that shrink to something readable."""
