"""Money under everything at once: random operations against a model, and faults."""
