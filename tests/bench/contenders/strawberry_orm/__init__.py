"""Idiomatic Strawberry: ORM entities, and one session and one DataLoader per relation in each request.

With Strawberry's caches for parsed and validated documents. It connects as a superuser: no token, no
row-level security.
"""

OPERATIONS = frozenset(
    {
        *("task", "task_detail", "board", "nested", "list", "create", "relations", "roots", "resolver"),
        *("resolver_board", "literals_task_detail", "shape", "introspection", "introspection_types"),
    }
)
"""Supported operations."""
