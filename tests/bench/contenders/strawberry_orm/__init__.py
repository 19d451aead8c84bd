"""Strawberry as most people write it: ORM entities, one session and one DataLoader per relation in each request.

With the caches for parsed and validated documents that Strawberry has. It connects as a superuser: no token, no
row-level security.
"""

OPERATIONS = frozenset(
    {
        *("task", "task_detail", "board", "nested", "list", "create", "relations", "roots", "resolver"),
        *("resolver_board", "literals_task_detail", "shape", "introspection", "introspection_types"),
    }
)
"""What it can answer."""
