"""Operations with a new document for each request: literals, unseen shapes, many roots, introspection."""

from random import Random

from graphql import get_introspection_query

from tests.bench.operations import shapes
from tests.bench.operations.literals import with_literals
from tests.bench.operations.operation import Operation, Organization, Variables
from tests.bench.operations.reads import READS

ROOTS = 20
UNSEEN = 20_000
"""More documents than any server caches."""
SHAPES = 200
ALL = frozenset({"workline", "plain", "postgraphile"})
TYPES = "query introspection_types { __schema { types { kind name fields { name type { kind name } } } } }"
DRAWN = {each.name: each.draw for each in READS}


def _literals(name: str, title: str) -> Operation:
    return Operation(
        name=f"literals_{name}", kind="literals", title=title, base=name, draw=DRAWN[name], variety=UNSEEN,
        written=lambda dialect, variables: with_literals(dialect, name, variables), dialects=ALL,
    )  # fmt: skip


def _shape(draw: Random, _: Organization) -> Variables:
    return shapes.shape(draw)


def _ids(draw: Random, organization: Organization) -> Variables:
    return {f"id{index}": organization.any(draw, "tasks") for index in range(ROOTS)}


def _lists(draw: Random, organization: Organization) -> Variables:
    drawn = {f"id{index}": organization.any(draw, "workers") for index in range(ROOTS)}
    return {**drawn, "first": draw.randint(3, 5)}


def _declared(dialect: str, *more: str) -> str:
    kind = "ID!" if dialect == "workline" else "UUID!"
    ids = [f"$id{index}: {kind}" for index in range(ROOTS)]
    return ", ".join([*([] if dialect == "workline" else ["$organization: UUID!"]), *ids, *more])


def _roots(dialect: str, _: Variables) -> str:
    call, shown = {
        "workline": ("task(id: $id{})", "id title status"),
        "plain": ("task(organizationId: $organization, id: $id{})", "id title status"),
        "postgraphile": (
            "taskByOrganizationIdAndRowId(organizationId: $organization, rowId: $id{})", "id: rowId title status",
        ),
    }[dialect]  # fmt: skip
    fields = (f"t{index}: {call.format(index)} {{ {shown} }}" for index in range(ROOTS))
    return f"query roots({_declared(dialect)}) {{ {' '.join(fields)} }}"


def _root_lists(dialect: str, _: Variables) -> str:
    call, shown = {
        "workline": ("tasks(first: $first, filter: {{ assigneeId: {{ eq: $id{} }} }})", "id title"),
        "plain": ("tasksOf(organizationId: $organization, assigneeId: $id{}, first: $first)", "id title"),
        "postgraphile": (
            "allTasks(condition: {{ organizationId: $organization, assigneeId: $id{} }}, first: $first)",
            "id: rowId title",
        ),
    }[dialect]
    fields = (f"t{index}: {call.format(index)} {{ nodes {{ {shown} }} }}" for index in range(ROOTS))
    return f"query roots_lists({_declared(dialect, '$first: Int!')}) {{ {' '.join(fields)} }}"


def _nothing(_draw: Random, _organization: Organization) -> Variables:
    return {}


GENERATED = (
    Operation(name="roots", kind="roots", title="20 aliased tasks by id", draw=_ids, written=_roots, dialects=ALL),
    Operation(
        name="roots_lists", kind="roots", title="20 aliased lists of a worker's tasks",
        draw=_lists, written=_root_lists, dialects=ALL,
    ),
    _literals("task_detail", "one task with three relations, another literal each time"),
    _literals("filters", "to-many filter and totalCount, other literals each time"),
    Operation(
        name="shape", kind="shapes", title="a shape not seen before: the median of 200 documents",
        draw=_shape, written=shapes.document, dialects=ALL, variety=SHAPES,
    ),
    Operation(
        name="introspection", kind="introspection", title="the introspection query of graphql-js",
        draw=_nothing, dialects=ALL, compared=False, variety=1,
        written=lambda *_: get_introspection_query().replace("IntrospectionQuery", "introspection"),
    ),
    Operation(
        name="introspection_types", kind="introspection", title="the names of all types and fields",
        draw=_nothing, dialects=ALL, compared=False, variety=1, written=lambda *_: TYPES,
    ),
)  # fmt: skip
