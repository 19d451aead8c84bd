"""How much a process remembers of what it was asked, so that it need not be read and compiled again."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caches:
    """The most that is kept; the least recently used is forgotten, and made again when it is asked for.

    Whoever may ask can fill them. Others' requests are then read and compiled anew, which costs them milliseconds.
    """

    documents: int = 500
    """Texts, and as many shapes of texts that differ in literals."""
    document_bytes: int = 64_000_000
    """About what documents take together with their plans."""
    statements: int = 2_000
    """Compiled statements, by their shapes."""
    statement_bytes: int = 64_000_000
    """About what those take together."""


USUAL = Caches()
