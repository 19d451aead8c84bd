"""Conversion of Python names to names of the API."""


def camel_case(name: str) -> str:
    """Return a name in the form of the API: ``dueAt`` for ``due_at``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
