"""Errors that do not depend on who was first: an error leaves an object or a list when all of it has come to an end.

graphql-core gives up on an object when the first of its fields fails beyond repair, and tells the errors that it has
met until then. Fields run concurrently, so the errors would depend on their speed: on how busy the database is, and on
whether a plan or resolvers find the data. Here they all come to their end, and the first in the order of the document
is the one that leaves.
"""

from asyncio import gather
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLObjectType, Undefined
from graphql.execution.incremental import IncrementalExecutor
from graphql.pyutils import Path

from graphql_app.pacing import RESOLVED


@dataclass(frozen=True, slots=True)
class Failed:
    """In the place of a value that there is none of."""

    error: BaseException


class SettlingExecutor(IncrementalExecutor):
    """graphql-core's executor, with that difference."""

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        pacing = self.context_value.pacing
        work = RESOLVED * len(grouped_field_set)
        if path is not None and pacing.is_resolved_slowly and not pacing.pacer.take(work):
            # an awaitable in place of the object: the list or object around it waits for it; root fields do not wait,
            # as those of a transaction are executed at once
            turn = pacing.pacer.queue(work)
            return self._later(turn, parent_type, source_value, path, grouped_field_set, position_context)
        return self._fields(parent_type, source_value, path, grouped_field_set, position_context)

    async def _later(self, turn: Awaitable[None], *arguments: Any) -> Any:
        await turn
        results = self._fields(*arguments)
        return await results if self.is_awaitable(results) else results

    def _fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: Any,
        path: Any,
        grouped_field_set: Any,
        position_context: Any,
    ) -> Any:
        results: dict[str, Any] = {}
        for name, details in grouped_field_set.items():
            try:
                here = Path(path, name, parent_type.name)
                result = self.execute_field(parent_type, source_value, details, here, position_context)
            except Exception as error:
                result = Failed(error)
            if result is not Undefined:
                results[name] = result
        waiting = [name for name, result in results.items() if self.is_awaitable(result)]
        return _settled(results, waiting) if waiting else _whole(results)

    def complete_list_item_value(self, item: Any, complete_results: list[Any], *rest: Any) -> bool:
        try:
            is_waiting = super().complete_list_item_value(item, complete_results, *rest)
        except Exception as error:
            complete_results.append(Failed(error))
            return False
        if is_waiting:
            complete_results[-1] = _caught(complete_results[-1])
        return is_waiting

    async def complete_awaitable_list_item_value(self, *arguments: Any) -> Any:
        return await _caught(super().complete_awaitable_list_item_value(*arguments))

    def complete_iterable_value(self, *arguments: Any) -> Any:
        completed: Any = super().complete_iterable_value(*arguments)
        return _all_there(completed) if self.is_awaitable(completed) else _list(completed)


async def _settled(results: dict[str, Any], waiting: list[str]) -> dict[str, Any]:
    """The results when all that are waited for have come to their end. Raises the first error among them."""
    if len(waiting) == 1:
        results[waiting[0]] = await _caught(results[waiting[0]])
        return _whole(results)
    ended = await gather(*(_caught(results[name]) for name in waiting))
    results.update(zip(waiting, ended, strict=True))
    return _whole(results)


async def _caught(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:
        return Failed(error)


async def _all_there(completed: Awaitable[list[Any]]) -> list[Any]:
    return _list(await completed)


def _whole(results: dict[str, Any]) -> dict[str, Any]:
    _raise_first(results.values())
    return results


def _list(results: list[Any]) -> list[Any]:
    _raise_first(results)
    return results


def _raise_first(results: Iterable[Any]) -> None:
    for result in results:
        if type(result) is Failed:
            raise result.error
