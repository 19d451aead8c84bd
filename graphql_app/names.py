"""Names in Python and in the API."""


def camel_case(name: str) -> str:
    """``due_at`` as the API writes it: ``dueAt``."""
    head, *rest = name.split("_")
    return head + "".join(part.capitalize() for part in rest)
