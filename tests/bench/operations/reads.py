"""Operations that read: records, lists, relations, filters, searches."""

from random import Random

from tests.bench.operations.operation import Draw, Operation, Organization, Variables

WORDS = ("battery", "brake", "customer", "invoice", "cable", "filter", "poster", "parts", "estimate", "chain")
STATUSES = ("OPEN", "IN_PROGRESS", "DONE")
LABELS = ("urgent", "warranty", "pick-up", "safety", "noisy", "donation")


def about(rows: int) -> Draw:
    """Draw a page size near ``rows``: a fifth less to a fifth more."""
    return lambda draw, _: {"first": draw.randint(rows - rows // 5, rows + rows // 5)}


def nothing(_draw: Random, _organization: Organization) -> Variables:
    """Draw no variables."""
    return {}


def task(draw: Random, organization: Organization) -> Variables:
    """Draw a task."""
    return {"id": organization.any(draw, "tasks")}


def nodes(*tables: str) -> Draw:
    """Draw a row of each table, under the name of its type."""
    return lambda draw, organization: {name: organization.any(draw, f"{name}s") for name in tables}


def pages(*names: str) -> Draw:
    """Draw the page size of each level."""
    return lambda draw, _: {name: draw.randint(3, 5) for name in names}


def _nested(draw: Random, _: Organization) -> Variables:
    return {"users": draw.randint(16, 24), "posts": draw.randint(4, 6), "comments": draw.randint(4, 6)}


def _by_commenter(draw: Random, organization: Organization) -> Variables:
    return {"author": organization.any(draw, "users"), "first": draw.randint(20, 30)}


def _by_label(draw: Random, _: Organization) -> Variables:
    return {"label": draw.choice(LABELS), "status": draw.choice(STATUSES), "first": draw.randint(20, 30)}


def _by_status(draw: Random, _: Organization) -> Variables:
    return {"status": draw.choice(STATUSES), **pages("categories", "tasks", "comments", "posts")(draw, _)}


def _by_priority(draw: Random, _: Organization) -> Variables:
    return {"priority": draw.randint(1, 5), **pages("workers", "tasks", "subtasks", "comments")(draw, _)}


def _words(draw: Random, _: Organization) -> Variables:
    return {"query": draw.choice(WORDS), "first": draw.randint(8, 12)}


READS = (
    Operation(name="task", kind="task", title="one task by id", draw=task),
    Operation(name="task_detail", kind="task", title="one task by id with three relations", draw=task),
    Operation(
        name="board", kind="board", title="50 tasks, three to-one relations, one two levels deep", draw=about(50)
    ),
    Operation(name="board_posts", kind="board", title="50 posts, their authors and organization", draw=about(50)),
    Operation(name="nested", kind="nested", title="20 users, 5 posts each, 5 comments each, authors", draw=_nested),
    Operation(
        name="nested_workers",
        kind="nested",
        title="4 workers, 4 tasks each, 4 comments each, authors",
        draw=pages("workers", "tasks", "comments"),
    ),
    Operation(name="list", kind="list", title="1,000 tasks, 9 columns, two relations", draw=about(1_000)),
    Operation(name="list_comments", kind="list", title="1,000 comments, 4 columns, one relation", draw=about(1_000)),
    Operation(name="relations", kind="relations", title="100 tasks with five relations", draw=about(100)),
    Operation(name="relations_entries", kind="relations", title="100 entries with five relations", draw=about(100)),
    Operation(
        name="node",
        kind="node",
        title="node(id:) on four types, inline fragments, aliases",
        draw=nodes("task", "post", "user", "worker"),
    ),
    Operation(
        name="node_lists", kind="node", title="node(id:) on two types with a list each", draw=nodes("user", "worker")
    ),
    Operation(
        name="filters", kind="filters", title="to-many filter, order by a relation, totalCount", draw=_by_commenter
    ),
    Operation(
        name="filters_labels",
        kind="filters",
        title="many-to-many filter, order by a relation, totalCount",
        draw=_by_label,
    ),
    Operation(name="levels", kind="levels", title="four levels of lists with filter and orders", draw=_by_status),
    Operation(
        name="levels_workers", kind="levels", title="four levels of lists, two orders, a filter", draw=_by_priority
    ),
    Operation(name="search", kind="search", title="search over four types, a page of records", draw=_words),
    Operation(name="search_tasks", kind="search", title="search for tasks, assignees, totalCount", draw=_words),
    Operation(name="resolver", kind="resolver", title="50 tasks with a resolver of one's own", draw=about(50)),
    Operation(name="resolver_board", kind="resolver", title="the board with a resolver of one's own", draw=about(50)),
)
