"""Connections: types of the Relay specification, and their objects at run time.

Only the selected parts of a connection are loaded. https://relay.dev/graphql/connections.htm
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from types import GenericAlias
from uuid import UUID

import strawberry
from graphql import GraphQLField

from graphql_app.context import Context, Info
from graphql_app.errors import BadUserInput, ValueLimit
from graphql_app.loaders import Group, Item, LoadedPage, Loaders, Measured
from graphql_app.models.base import Base
from graphql_app.plan.connection_code import ConnectionCode, GroupsCode
from graphql_app.plan.fields import Nodes
from graphql_app.sql.aggregates import Grouping, Measure
from graphql_app.sql.cursors import CursorCodec
from graphql_app.sql.select import List, Page
from graphql_app.strawberry_adapter import Arguments, Source, raw_info
from graphql_app.types.aggregates import aggregates_type, selected_measures
from graphql_app.types.costs import TOTAL, ItemCount
from graphql_app.types.declarations import argument, field
from graphql_app.types.fields import EngineField, ObjectField
from graphql_app.types.filter_inputs import located
from graphql_app.types.groups import group_by_type, group_type, read_buckets
from graphql_app.types.registry import DeferredType, deferred_type_of, type_name_of

__all__ = ["page_info"]


@dataclass(frozen=True, slots=True)
class EdgeItem:
    """Row and its cursor."""

    node: Source
    cursor: str


@dataclass(frozen=True, slots=True)
class Connection:
    """Page of a list. ``key`` identifies the parent row, and is None for a list of all records."""

    loaders: Loaders
    wanted: List
    page: Page
    key: UUID | None = None

    async def nodes(self) -> list[Source]:
        return [item.row for item in (await self._loaded()).items]

    async def edges(self) -> list[EdgeItem]:
        codec = CursorCodec(self.wanted.model, self.wanted.order)
        return [EdgeItem(item.row, codec.encode(item.place)) for item in (await self._loaded()).items]

    async def total_count(self) -> int:
        return await self.loaders.count(self.wanted, self.key)

    async def aggregates(self, measures: tuple[Measure, ...]) -> Measured:
        return await self.loaders.aggregates(self.wanted, measures, self.key)

    async def groups(self, grouping: Grouping) -> Sequence[Group]:
        return await self.loaders.groups(self.wanted, grouping, self.key)

    async def start_cursor(self) -> str | None:
        return self._cursor((await self._loaded()).items[:1])

    async def end_cursor(self) -> str | None:
        return self._cursor((await self._loaded()).items[-1:])

    async def has_next_page(self) -> bool:
        """Return True if an extra row was read after the page, or a statement finds rows after ``before``."""
        if not self.page.backward and (await self._loaded()).overflow:
            return True
        place = self.page.before
        return place is not None and await self.loaders.beyond(self.wanted, place, self.key, forward=True)

    async def has_previous_page(self) -> bool:
        if self.page.backward and (await self._loaded()).overflow:
            return True
        place = self.page.after
        return place is not None and await self.loaders.beyond(self.wanted, place, self.key, forward=False)

    async def _loaded(self) -> LoadedPage:
        return await self.loaders.page(self.wanted, self.page, self.key)

    def _cursor(self, items: Sequence[Item]) -> str | None:
        return CursorCodec(self.wanted.model, self.wanted.order).encode(items[0].place) if items else None


@strawberry.type(description="Position of a page in its list.")
class PageInfo:
    """Fields read from a Connection."""

    has_next_page = ObjectField("has_next_page", bool, "True if the list has records after this page.")
    has_previous_page = ObjectField("has_previous_page", bool, "True if the list has records before this page.")
    start_cursor = ObjectField(
        "start_cursor", str | None, "Cursor of the first record of the page; null for an empty page."
    )
    end_cursor = ObjectField("end_cursor", str | None, "Cursor of the last record of the page; null for an empty page.")


def page_info(description: str) -> ObjectField:
    """Declare the page info of a connection: the same object under another type, to load its parts on demand."""
    return ObjectField("page_info", PageInfo, description, lambda source, _: source)


@cache
def edge_type(model: type[Base]) -> type:
    """Return the type of a record in a list with its cursor, such as ``TaskEdge``."""
    name, node = type_name_of(model), deferred_type_of(model)
    attributes = {
        "__annotations__": {"node": node, "cursor": str},
        "node": field("Record of the edge."),
        "cursor": field("Cursor of the record in this list and sort order, for `after` or `before`."),
    }
    return strawberry.type(type(f"{name}Edge", (), attributes), description=f"Edge of a connection of {name} records.")


@cache
def connection_type(model: type[Base]) -> type:
    """Return the type of a page of a list with the totals of the list, such as ``TaskConnection``."""
    name = type_name_of(model)
    attributes = {
        "edges": ObjectField("edges", GenericAlias(list, edge_type(model)), "Records of the page with their cursors."),
        "nodes": ObjectField("nodes", GenericAlias(list, deferred_type_of(model)), "Records of the page."),
        "page_info": page_info("Position of the page in the list."),
        "total_count": ObjectField(
            "total_count", int, "Number of records in the whole list that match the filter.", weight=TOTAL
        ),
        "aggregates": ObjectField(
            "aggregates",
            DeferredType(make=lambda: aggregates_type(model)),
            "Aggregates over all records of the list that match the filter.",
            lambda source, info: source.aggregates(selected_measures(model, raw_info(info))),
            TOTAL,
        ),
        "groups": GroupsField(model),
    }
    description = f"Page of a list of {name} records."
    return strawberry.type(type(f"{name}Connection", (), attributes), description=description)


DEFAULT_GROUPS, MOST_GROUPS = 100, 1_000


class GroupsField(EngineField):
    """Field ``groups`` of a connection: groups of records that share the values of some keys."""

    is_part = True
    sizing = ItemCount(("first",), DEFAULT_GROUPS, MOST_GROUPS)

    def __init__(self, model: type[Base]) -> None:
        groups = GenericAlias(list, DeferredType(make=lambda: group_type(model)))
        keys = GenericAlias(list, DeferredType(make=lambda: group_by_type(model)))
        super().__init__(
            groups,
            "Groups of the records of the list that match the filter; largest groups first.",
            argument("by", keys, "Keys to group by."),
            argument("first", int | None, "Maximum number of groups, 1-1,000. Default: 100."),
            name="groups",
        )
        self.model = model

    def resolve(self, source: Connection, info: Info, arguments: Arguments) -> object:
        context, raw = info.context, raw_info(info)
        measures = selected_measures(self.model, raw, "aggregates")
        grouping = context.once((self, id(raw.field_nodes[0])), lambda: self.read(context, arguments, measures))
        return source.groups(grouping)

    def expression(self, owner: ConnectionCode, definition: GraphQLField, nodes: Nodes) -> str:
        groups = GroupsCode(owner.compiler, self.model, definition, nodes)
        owner.groups.append(groups)
        return groups.expression

    def read(self, context: Context, arguments: Arguments, measures: tuple[Measure, ...]) -> Grouping:
        """Return the requested grouping. Raises BadUserInput or Forbidden."""
        with located("by"):
            buckets = read_buckets(arguments["by"], self.model, context.reading)
        first = arguments.get("first")
        most = first if isinstance(first, int) else DEFAULT_GROUPS
        if not 1 <= most <= MOST_GROUPS:
            raise BadUserInput(f"Number of groups must be 1-{MOST_GROUPS:,}.", ["first"], ValueLimit(1, MOST_GROUPS))
        return Grouping(buckets, measures, most)
