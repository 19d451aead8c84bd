"""Conversion of Python names to names of the API."""


def camel_case(name: str) -> str:
    """Return the API name: ``dueAt`` for ``due_at``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
