"""Calls of fields that no statement reads, each for all objects of a level at once."""

from asyncio import Task, gather, get_running_loop
from collections.abc import Awaitable, Callable, Iterable, Sequence
from types import CoroutineType
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLResolveInfo,
    get_nullable_type,
)
from graphql.pyutils import Path
from strawberry.execution import optimized_is_awaitable

from graphql_app.authorization import Requirement, requirement_of
from graphql_app.errors import Forbidden
from graphql_app.pacing import RESOLVED
from graphql_app.plan.errors import Failed, Value
from graphql_app.plan.fields import ValueReader, planned
from graphql_app.plan.run import Call
from graphql_app.strawberry_adapter import Source, declaration_of

is_awaitable: Callable[[Any], bool] = optimized_is_awaitable


class SelectedField:
    """Field of a document. ``parent`` is its type, ``path`` the path of its parent, without indices."""

    def __init__(
        self,
        parent: GraphQLObjectType,
        key: str,
        nodes: Sequence[FieldNode],
        definition: GraphQLField,
        path: Path | None,
    ) -> None:
        self.parent, self.key, self.nodes, self.definition = parent, key, list(nodes), definition
        self.path = Path(path, key, parent.name)
        self.declared = planned(definition)
        self.requirement = None if self.declared.checks_itself else requirement_of(declaration_of(definition))
        self.is_list = isinstance(get_nullable_type(definition.type), GraphQLList)

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @property
    def title(self) -> str:
        """Description of the field, such as ``Query.mine: book``."""
        return f"{self.parent.name}." + (self.name if self.key == self.name else f"{self.key}: {self.name}")

    def info(self, call: Call) -> GraphQLResolveInfo[Any]:
        """Return graphql-core's resolver info of the field, which is the same for all objects of the level."""
        found = call.infos.get(id(self))
        if found is None:
            found = call.infos[id(self)] = GraphQLResolveInfo(
                field_name=self.name,
                field_nodes=self.nodes,
                return_type=self.definition.type,
                parent_type=self.parent,
                path=self.path,
                schema=call.schema,
                fragments=call.fragments,
                root_value=None,
                operation=call.node,
                variable_values=call.values,
                context=call.context,
                is_awaitable=is_awaitable,  # type: ignore[arg-type]  # graphql-core's type narrows its argument
                abort_signal=None,
                async_helpers=None,  # type: ignore[arg-type]  # belong to graphql-core's executor, which is not used
            )
        return found

    async def values(self, call: Call, sources: Sequence[Source]) -> list[Value]:
        """Return the value for each of the objects, or Failed."""
        values = self.begun(call, sources)
        if call.context.pacing.is_resolved_slowly and len(sources) > 1:
            values = []
            async for part in call.context.pacing.pacer.slices(sources, RESOLVED):
                values += self.begun(call, part)
        return await self.ended(call, values)

    def begun(self, call: Call, sources: Sequence[Source]) -> list[Value]:
        """Return the values, or awaitables of them. Coroutines have been started."""
        try:
            if refusals := self.refusals(call, len(sources)):
                return refusals
            read = self.declared.reader(self.definition, self.info(call), call.strawberry)
        except Exception as error:
            return [Failed(error)] * len(sources)
        if len(sources) == 1:
            return [_tried(read, sources[0])]
        return [_running(_tried(read, source)) for source in sources]

    def refusals(self, call: Call, count: int) -> list[Value]:
        """Return the values for a viewer that does not meet the requirement of the field; empty for others."""
        if self.requirement is None or call.context.admits(self.requirement):
            return []
        return [self._refusal(self.requirement)] * count

    def _refusal(self, requirement: Requirement) -> Value:
        """Return the value for viewers that do not meet the requirement of the field."""
        return None if requirement.as_null else Failed(Forbidden(requirement.message))

    async def ended(self, call: Call, values: list[Value]) -> list[Value]:
        """Return the values after all awaitables have completed."""
        if any(map(is_awaitable, values)):
            values = await _awaited(values)
        if self.is_list:
            for value in values:
                if isinstance(value, list) and any(map(is_awaitable, value)):
                    value[:] = await _awaited(value)
        return [Failed(value) if isinstance(value, Exception) else value for value in values]


def _tried(read: ValueReader, source: Source) -> Value:
    try:
        return read(source)
    except Exception as error:
        return Failed(error)


def _running(value: Value) -> Value:
    """Return a coroutine as a task that has started eagerly, so that several run concurrently."""
    return Task(value, loop=get_running_loop(), eager_start=True) if isinstance(value, CoroutineType) else value


async def _awaited(values: Sequence[Value]) -> list[Value]:
    """Return the values after all awaitables have completed, with Failed in place of errors."""
    if len(values) == 1:
        return [await _caught(values[0])]
    waiting = [value for value in values if is_awaitable(value) and not (isinstance(value, Task) and value.done())]
    ended = dict(zip(map(id, waiting), await gather(*map(_caught, waiting)), strict=True)) if waiting else {}
    return [ended[id(value)] if id(value) in ended else _result(value) for value in values]


def _result(value: Value) -> Value:
    if not isinstance(value, Task):
        return value
    error = value.exception()
    if error is None:
        return value.result()
    if not isinstance(error, Exception):
        raise error
    return Failed(error)


async def _caught(value: Awaitable[Value]) -> Value:
    try:
        return await value
    except Exception as error:
        return Failed(error)


def flat(values: Iterable[Value]) -> Iterable[Value]:
    """Yield the items of nested lists."""
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value
