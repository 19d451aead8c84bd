"""Random arguments of the toy's fields, some of them invalid."""

from typing import Any
from uuid import UUID

from graphql import GraphQLEnumType, GraphQLField, GraphQLInputObjectType, GraphQLSchema, get_named_type
from hypothesis import strategies as st

from graphql_app.sql.cursors import CursorCodec
from graphql_app.sql.orders import complete
from tests.engine.datasets import library
from tests.engine.filter_oracle import KINDS
from tests.engine.filter_trees import filters_of
from tests.engine.orders import orders
from tests.engine.toy.models import NODES

LARGE, OTHER = library("large").rows, library("other").rows
ids = st.sampled_from([str(row["id"]) for table in KINDS for rows in (LARGE, OTHER) for row in rows[table][:3]])
sizes = st.sampled_from([0, 1, 2, 2, 3, 3, 3, 4])
MODELS = {model.__name__: model for model in NODES}
Arguments = st.SearchStrategy[dict[str, Any]]


def arguments_of(definition: GraphQLField, schema: GraphQLSchema) -> Arguments:
    """Return random arguments of a field."""
    names = set(definition.args)
    if not names:
        return st.just({})
    if "filter" in names:
        return list_arguments(get_named_type(definition.type).name.removesuffix("Connection"))
    if "by" in names:
        return group_arguments(get_named_type(definition.args["by"].type))
    some = ids if "id" in names else st.lists(ids, max_size=3)
    bad = st.just("no id") if "id" in names else st.just(["no id"])
    return st.fixed_dictionaries({"id" if "id" in names else "ids": st.one_of(*[some] * 9, bad)})


@st.composite
def list_arguments(draw: st.DrawFn, type_name: str) -> dict[str, Any]:
    """Return the arguments of a connection, with cursors only in the default order."""
    model = MODELS[type_name]
    made: dict[str, Any] = {draw(st.sampled_from(["first", "first", "last"])): draw(sizes)}
    if model.__tablename__ in KINDS and draw(st.booleans()):
        made["filter"] = draw(filters_of(model.__tablename__, 2))
    if type_name == "Book" and draw(st.booleans()):
        made["orderBy"] = draw(orders()).argument
    elif draw(st.integers(0, 3)) == 0:
        row = draw(st.sampled_from(LARGE[model.__tablename__]))
        made[draw(st.sampled_from(["after", "before"]))] = cursor_of(model, row["id"])
    if draw(st.integers(0, 40)) == 0:
        made |= draw(st.sampled_from([{"first": -1}, {"last": 1001}, {"after": "no cursor"}, {"filter": {"id": None}}]))
    return made


def cursor_of(model: Any, id: UUID) -> str:
    """Return the cursor of a row in the default order, by id."""
    return CursorCodec(model, complete(())).encode((id,))


@st.composite
def group_arguments(draw: st.DrawFn, kind: Any) -> dict[str, Any]:
    """Return one or two keys to group a list by."""
    by = draw(st.lists(st.sampled_from(_groups(kind)), min_size=1, max_size=2, unique_by=str))
    return {"by": by, "first": draw(st.sampled_from([1, 2, 5]))}


def _groups(kind: GraphQLInputObjectType) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name, each in kind.fields.items():
        named: Any = get_named_type(each.type)
        if isinstance(named, GraphQLEnumType):
            found += [{name: value} for value in named.values]
        else:
            moments: Any = get_named_type(named.fields["field"].type)
            found += [
                {name: {"field": moment, "every": unit}} for moment in moments.values for unit in ("DAY", "MONTH")
            ]
    return found
