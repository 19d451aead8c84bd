"""A toy domain for the engine's tests: libraries, their shelves and books."""
