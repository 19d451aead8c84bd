"""Pages: the statements that read a part of an ordered list, of the lists of many parents at once when it has an edge.

Loaders read whole rows and plans read outputs, by the same order and between the same places. One row more than the
page has tells that there are others; a backward page comes in reverse order.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Integer, Select, null, select, true
from sqlalchemy.orm import aliased

from graphql_app.statements.edges import Edge
from graphql_app.statements.keyset import after, before
from graphql_app.statements.orders import SortColumn, backwards, sort_columns
from graphql_app.statements.outputs import Outputs
from graphql_app.statements.reach import Reach
from graphql_app.statements.select import List, Page, columns_of, conditions, each_key, each_numbered_key, owned
from graphql_app.statements.slots import Slot, bound


def select_page(wanted: List, page: Page) -> Select[Any]:
    """Whole rows: ``(key, row, place value, ..)``, with a null key for a list without an edge."""
    reach, sorting = _begin(wanted, page)
    key = [null().label("key")] if wanted.edge is None else []
    rows = _rows(wanted, page, reach, sorting, [*key, reach.entity, *_places(sorting)])
    if wanted.edge is None:
        return rows
    keys = each_key()
    own = _of_key(keys, wanted.edge, reach, rows)
    # by position: a column of the row may have any name
    places = list(own.c)[-len(sorting) :]
    return select(keys.c.key, aliased(wanted.model, own), *places).select_from(keys).join(own, true())


def select_outputs(wanted: List, page: Page, outputs: Outputs, *, places: bool) -> Select[Any]:
    """Outputs: ``(key's number from 1, output, .., place value, ..)``, without the places' values unless wanted.

    A list without an edge has no key.
    """
    reach, sorting = _begin(wanted, page)
    read = [*columns_of(outputs, reach), *(_places(sorting) if places else ())]
    # that there is a row can be all that is asked, and a SELECT has at least one column
    rows = _rows(wanted, page, reach, sorting, read or [null().label("nothing")])
    if wanted.edge is None:
        return rows
    keys = each_numbered_key()
    own = _of_key(keys, wanted.edge, reach, rows)
    return select(keys.c.number, *own.c).select_from(keys).join(own, true())


def _begin(wanted: List, page: Page) -> tuple[Reach, Sequence[SortColumn]]:
    """The list's rows, and what they are sorted by in the page's direction."""
    reach = Reach(wanted.model)
    return reach, sort_columns(backwards(wanted.order) if page.backward else wanted.order, reach, wanted.model)


def _places(sorting: Sequence[SortColumn]) -> list[Any]:
    return [column.expression.label(f"place_{index}") for index, column in enumerate(sorting)]


def _rows(wanted: List, page: Page, reach: Reach, sorting: Sequence[SortColumn], read: list[Any]) -> Select[Any]:
    """What is read of one list's page."""
    rows = reach.joined(select(*read).select_from(reach.entity))
    rows = rows.where(*conditions(wanted, reach.entity), *_bounds(page, sorting))
    return rows.order_by(*(column.clause() for column in sorting)).limit(_limit(page.size))


def _limit(size: Any) -> Any:
    """One row more than the page holds; the value that comes into a slot says itself how many rows are read."""
    return bound(size, Integer()) if isinstance(size, Slot) else size + 1


def _bounds(page: Page, sorting: Sequence[SortColumn]) -> list[Any]:
    """The page's two places, in the direction in which its rows are read."""
    start, stop = (page.before, page.after) if page.backward else (page.after, page.before)
    bounds = [] if start is None else [after(sorting, start)]
    return bounds if stop is None else [*bounds, before(sorting, stop)]


def _of_key(keys: Any, edge: Edge, reach: Reach, rows: Select[Any]) -> Any:
    """``rows`` of each of the keys. A LATERAL with LIMIT runs as a nested loop: a key's rows stay in order."""
    rows, owner = owned(rows, edge, reach.entity)
    return rows.where(owner == keys.c.key).lateral("page")
