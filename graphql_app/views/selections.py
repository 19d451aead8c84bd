"""Look-ahead: what a selection asks for, so that one statement can compute it."""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, SelectionSetNode

from graphql_app.database.base import Base
from graphql_app.statements.aggregates import COUNT, Measure
from graphql_app.views.inputs import api_name
from graphql_app.views.measures import FUNCTIONS, columns_of

Info = GraphQLResolveInfo[Any]


def selected_measures(model: type[Base], info: Info, *below: str) -> tuple[Measure, ...]:
    """The measures that are selected, the count always among them; ``below`` names the fields that lead to them.

    A field that a directive skips counts as selected: a measure too many does no harm.
    """
    chosen = _inside(info.field_nodes, info)
    for name in below:
        chosen = _inside((node for node in chosen if node.name.value == name), info)
    names = _column_names(model)
    asked = {
        Measure(node.name.value, names[column.name.value]): None
        for node in chosen
        if node.name.value in FUNCTIONS
        for column in _inside([node], info)
        if column.name.value in names
    }
    return (COUNT, *asked)


def is_selected(info: Info, *below: str) -> bool:
    """Whether the field is asked for what ``below`` leads to, in whichever way; one that is skipped counts as well."""
    chosen = list(info.field_nodes)
    for name in below:
        chosen = [node for node in _inside(chosen, info) if node.name.value == name]
    return bool(chosen)


@cache
def _column_names(model: type[Base]) -> dict[str, str]:
    return {api_name(field): field.python_name for field in columns_of(model)}


def _inside(nodes: Iterable[FieldNode], info: Info) -> list[FieldNode]:
    """The fields that are selected in ``nodes``, each fragment looked into once."""
    seen: set[str] = set()
    return list(chain.from_iterable(_fields(node.selection_set, info, seen) for node in nodes))


def _fields(selections: SelectionSetNode | None, info: Info, seen: set[str]) -> Iterator[FieldNode]:
    for selection in selections.selections if selections else ():
        if isinstance(selection, FieldNode):
            yield selection
        elif not isinstance(selection, FragmentSpreadNode):
            yield from _fields(selection.selection_set, info, seen)  # type: ignore[attr-defined]
        elif selection.name.value not in seen:
            seen.add(selection.name.value)
            yield from _fields(info.fragments[selection.name.value].selection_set, info, seen)
