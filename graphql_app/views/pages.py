"""Reads the arguments of a connection, by the rules of the Relay specification's pagination."""

from typing import Any

from strawberry import UNSET

from graphql_app.database.base import Base
from graphql_app.errors import BadUserInput
from graphql_app.statements.conditions import And, Condition
from graphql_app.statements.cursors import decode
from graphql_app.statements.edges import Edge
from graphql_app.statements.orders import Order, Place, complete
from graphql_app.statements.select import List, Page
from graphql_app.views.filters import Reading, read_filter
from graphql_app.views.inputs import located
from graphql_app.views.limits import Limits
from graphql_app.views.ordering import read_order

Arguments = dict[str, Any]


def read_list(
    model: type[Base], edge: Edge | None, arguments: Arguments, reading: Reading, usual: Order = ()
) -> tuple[List, Page]:
    """The list and the page that a connection's arguments ask for; ``usual`` is the order unless another is asked for.

    Raises BadUserInput or Forbidden, locating it.
    """
    with located("filter"):
        condition = _condition(arguments, reading)
    with located("orderBy"):
        keys = _value(arguments, "order_by")
        order = read_order(keys, reading) if keys else complete(usual)
    return List(model, condition, order, edge), read_page(model, order, arguments, reading.limits)


def _condition(arguments: Arguments, reading: Reading) -> Condition:
    value = _value(arguments, "filter")
    return And(()) if value is None else read_filter(value, reading.anew())


def read_page(model: type[Base], order: Order, arguments: Arguments, limits: Limits) -> Page:
    """The page; the default size counts from the start, and ``first`` and ``last`` exclude each other."""
    first, last = (read_size(arguments, name, limits) for name in ("first", "last"))
    if first is not None and last is not None:
        raise BadUserInput("Ask for the first or for the last records, not for both.", ["last"])
    places = [_place(arguments, name, model, order) for name in ("after", "before")]
    if last is not None:
        return Page(last, True, *places)
    return Page(limits.page_default if first is None else first, False, *places)


def read_size(arguments: Arguments, name: str, limits: Limits) -> int | None:
    """How many records the argument ``name`` asks for; None when it is left out or null. Raises BadUserInput."""
    size: int | None = _value(arguments, name)
    if size is not None and not 0 <= size <= limits.page_most:
        raise BadUserInput(f"A page has between 0 and {limits.page_most} records.", [name])
    return size


def _place(arguments: Arguments, name: str, model: type[Base], order: Order) -> Place | None:
    cursor: str | None = _value(arguments, name)
    if cursor is None:
        return None
    with located(name):
        return decode(cursor, model, order)


def _value(arguments: Arguments, name: str) -> Any:
    """An argument's value; null says the same as leaving it out."""
    value = arguments.get(name, UNSET)
    return None if value is UNSET else value
