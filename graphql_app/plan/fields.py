"""Fields that no statement reads: how their values are found for all objects of a level at once."""

from asyncio import Task, gather, get_running_loop
from collections.abc import Callable, Iterable, Sequence
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

from graphql_app.pacing import RESOLVED
from graphql_app.plan.failures import Failed
from graphql_app.plan.run import Call
from graphql_app.types.fields import DEFINITION, EngineField, argument_values, converted_arguments

is_awaitable: Callable[[Any], bool] = optimized_is_awaitable
Read = Callable[[Any], Any]
"""Gives the value of a field of an object, which may have to be awaited."""


class SelectedField:
    """A field of a document. ``parent`` is the type that it is a field of, ``path`` leads there, without indices."""

    def __init__(
        self, parent: GraphQLObjectType, key: str, nodes: Sequence[FieldNode], definition: GraphQLField, path: Any
    ) -> None:
        self.parent, self.key, self.nodes, self.definition = parent, key, list(nodes), definition
        self.path = Path(path, key, parent.name)
        self.declared: Any = definition.extensions.get(DEFINITION)
        self.is_list = isinstance(get_nullable_type(definition.type), GraphQLList)

    @property
    def name(self) -> str:
        return self.nodes[0].name.value

    @property
    def title(self) -> str:
        """``Query.mine: book``: the field for readers."""
        return f"{self.parent.name}." + (self.name if self.key == self.name else f"{self.key}: {self.name}")

    def info(self, call: Call) -> GraphQLResolveInfo[Any]:
        """Return what a resolver is told of the field, as by graphql-core; the same for all objects of the level."""
        found: GraphQLResolveInfo[Any] | None = call.infos.get(id(self))
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
                is_awaitable=is_awaitable,  # type: ignore[arg-type] # its type is narrower there
                abort_signal=None,
                async_helpers=None,  # type: ignore[arg-type] # graphql-core's executor has them; there is none
            )
        return found

    async def values(self, call: Call, sources: Sequence[Any]) -> list[Any]:
        """Return the value for each of the objects; an error is in the place of its value."""
        values = self.begun(call, sources)
        if call.context.pacing.is_resolved_slowly and len(sources) > 1:
            values = []
            async for part in call.context.pacing.pacer.slices(sources, RESOLVED):
                values += self.begun(call, part)
        return await self.ended(call, values)

    def begun(self, call: Call, sources: Sequence[Any]) -> list[Any]:
        """Return the values as far as they are known at once; what has to be awaited runs already."""
        try:
            read = self._read(call)
        except Exception as error:
            return [Failed(error)] * len(sources)
        if len(sources) == 1:
            return [_tried(read, sources[0])]
        return [_running(_tried(read, source)) for source in sources]

    async def ended(self, call: Call, values: list[Any]) -> list[Any]:
        """Return the values when all of them are known."""
        if any(map(is_awaitable, values)):
            values = await _awaited(values)
        if self.is_list:
            for value in values:
                if isinstance(value, list) and any(map(is_awaitable, value)):
                    value[:] = await _awaited(value)
        return [Failed(value) if isinstance(value, Exception) else value for value in values]

    def _read(self, call: Call) -> Read:
        """Return what reads the field off an object. Raises what is wrong with its arguments."""
        declared, raw = self.declared, self.info(call)
        if isinstance(declared, EngineField):
            info = call.strawberry.config.info_class(_raw_info=raw, _field=declared)
            return lambda source: declared.refer(source, info)
        if declared is None or declared.extensions:
            resolve: Any = self.definition.resolve
            arguments = argument_values(raw)
            return lambda source: resolve(source, raw, **arguments)
        if declared.base_resolver is None:
            return lambda source: declared.get_result(source, None, [], {})
        return self._own(call)

    def _own(self, call: Call) -> Read:
        """Return what calls a resolver of one's own with the arguments that Strawberry would give it."""
        declared, raw = self.declared, self.info(call)
        resolver = declared.base_resolver
        function = resolver.wrapped_func
        arguments = converted_arguments(declared, argument_values(raw), call.strawberry) if self.definition.args else {}
        if resolver.info_parameter:
            arguments[resolver.info_parameter.name] = call.strawberry.config.info_class(_raw_info=raw, _field=declared)
        named = [each.name for each in (resolver.root_parameter, resolver.parent_parameter) if each]
        if resolver.self_parameter:
            return lambda source: function(source, **arguments, **dict.fromkeys(named, source))
        return lambda source: function(**arguments, **dict.fromkeys(named, source))


def _tried(read: Read, source: Any) -> Any:
    try:
        return read(source)
    except Exception as error:
        return Failed(error)


def _running(value: Any) -> Any:
    """Return a coroutine as a task that has run as far as it could, for values that are awaited together."""
    return Task(value, loop=get_running_loop(), eager_start=True) if isinstance(value, CoroutineType) else value


async def _awaited(values: Sequence[Any]) -> list[Any]:
    """Return values when all of them are known; an error is in the place of its value."""
    if len(values) == 1:
        return [await _caught(values[0])]
    waiting = [value for value in values if is_awaitable(value) and not (isinstance(value, Task) and value.done())]
    ended = dict(zip(map(id, waiting), await gather(*map(_caught, waiting)), strict=True)) if waiting else {}
    return [ended[id(value)] if id(value) in ended else _result(value) for value in values]


def _result(value: Any) -> Any:
    if not isinstance(value, Task):
        return value
    error = value.exception()
    if error is None:
        return value.result()
    if not isinstance(error, Exception):
        raise error
    return Failed(error)


async def _caught(value: Any) -> Any:
    try:
        return await value
    except Exception as error:
        return Failed(error)


def flat(values: Iterable[Any]) -> Iterable[Any]:
    """Yield the items of lists within lists."""
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value
