"""Random documents over tasks, their columns and relations, with each shape in every dialect."""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tests.bench.operations.operation import Variables

MOST = 40
"""Rows of a page."""


@dataclass(frozen=True)
class Relation:
    """To-one relation: the name of the target type, and the field's name in PostGraphile."""

    target: str
    amber: str


COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Task": ("title", "description", "status", "priority", "dueAt", "completedAt", "createdAt", "updatedAt"),
    "Worker": ("name",),
    "Category": ("name",),
    "User": ("name",),
    "Organization": ("name",),
}
RELATIONS: Mapping[str, Mapping[str, Relation]] = {
    "Task": {
        "assignee": Relation("Worker", "workerByOrganizationIdAndAssigneeId"),
        "category": Relation("Category", "categoryByOrganizationIdAndCategoryId"),
        "creator": Relation("User", "userByOrganizationIdAndCreatorId"),
        "completedBy": Relation("User", "userByOrganizationIdAndCompletedById"),
        "parent": Relation("Task", "taskByOrganizationIdAndParentId"),
    },
    "User": {"organization": Relation("Organization", "organizationByOrganizationId")},
}


def shape(draw: Random) -> Variables:
    """Draw a selection of a list of tasks, which is part of the document like the page size and the order."""
    return {"first": draw.randint(5, MOST), "selection": _selection(draw, "Task", 0)}


def _selection(draw: Random, kind: str, depth: int) -> list[object]:
    columns = draw.sample(COLUMNS[kind], draw.randint(1, len(COLUMNS[kind])))
    chosen: list[object] = [f"{_alias(draw, name)}: {name}" for name in ["id", *columns]]
    relations = RELATIONS.get(kind, {}) if depth < 3 else {}
    followed = draw.sample(sorted(relations), draw.randint(0, min(3, len(relations))))
    deeper = (
        [_alias(draw, name), name, kind, _selection(draw, relations[name].target, depth + 1)] for name in followed
    )
    return [*chosen, *deeper]


def _alias(draw: Random, name: str) -> str:
    return f"{name}_{draw.randrange(1000)}"


def document(dialect: str, variables: Variables) -> str:
    """Return the document of a drawn shape."""
    selection = _written(dialect, variables["selection"])
    page = f"nodes {{ {selection} }}"
    first = variables["first"]
    if dialect == "workline":
        return (
            f"query shape {{ tasks(first: {first}, orderBy: [{{ createdAt: {{ direction: DESC }} }}]) {{ {page} }} }}"
        )
    declared = "query shape($organization: UUID!)"
    if dialect == "plain":
        return f"{declared} {{ tasks(organizationId: $organization, first: {first}) {{ {page} }} }}"
    newest = f"first: {first}, condition: {{ organizationId: $organization }}, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]"
    return f"{declared} {{ tasks: allTasks({newest}) {{ {page} }} }}"


def _written(dialect: str, selection: list[object]) -> str:
    texts = []
    for each in selection:
        if isinstance(each, list):
            alias, name, kind, inner = each
            field = RELATIONS[kind][name].amber if dialect == "postgraphile" else name
            texts.append(f"{alias}: {field} {{ {_written(dialect, inner)} }}")
        else:
            text = str(each)
            texts.append(text.replace(": id", ": rowId") if dialect == "postgraphile" else text)
    return " ".join(texts)
