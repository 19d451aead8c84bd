"""Words that code and texts of the product do not use, and their forms that are accepted."""

import re

REFUSED = (
    "who",
    "whoever",
    "whom",
    "nobody",
    "somebody",
    "everybody",
    "tells",
    "told",
    "goes on",
    "deed",
    "settling",
    "departure",
)
PHRASES = (
    "also if",
    "also those",
    "is that of",
    "are those of",
    "inside of",
    "outside of",
    "in place of the one",
    r"of (?:its|their) own\b(?! \w)",
)
"""Unidiomatic phrases: "even if", "including", "inside", "a separate", or the noun itself, are used instead."""
WORD = re.compile(rf"\b(?:{'|'.join(REFUSED)})\b", re.IGNORECASE)
PHRASE = re.compile(rf"\b(?:{'|'.join(PHRASES).replace(' ', chr(92) + 's+')})", re.IGNORECASE)
RELATIVE_CLAUSE = re.compile(r"\b(?:user|worker|person|people|viewer|owner|manager)s?,?(?: to)? whom?\b", re.IGNORECASE)
"""Relative pronoun after a noun for people, as in "user who created the task"."""
FORM = re.compile(
    r"^(?:what|who|whom|whose|how|whether|which|when|where|why)\b|\bshall\b|\ba (?!u[ns]|uuid)[aeiou]|\ban (?![aeiou])",
    re.IGNORECASE,
)
"""Beginning or article that no description has."""


def refused_word(text: str) -> str | None:
    """Return the first refused word of a text, or None."""
    found = WORD.search(RELATIVE_CLAUSE.sub("", text))
    return None if found is None else found[0]


def refused_phrase(text: str) -> str | None:
    """Return the first refused phrase of a text, on one line, or None."""
    found = PHRASE.search(text)
    return None if found is None else " ".join(found[0].split())


def refused_part(description: str) -> str | None:
    """Return the first refused word or form of a description, or None."""
    form = FORM.search(description)
    return refused_word(description) if form is None else form[0]
