"""Toy domain of the engine's tests: libraries, their shelves and books."""
