"""Where graphql-core and plans meet: a field's plan is asked for before its resolver, and its result is not walked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError, GraphQLObjectType

from graphql_app.errors import RequestError
from graphql_app.execution.settling import SettlingExecutor
from graphql_app.pacing import COMPILED
from graphql_app.plan.selection import Unplannable

DEFINITION = "strawberry-definition"
"""Where Strawberry keeps its own field in the extensions of graphql-core's."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A value that is already what the response shows."""

    value: Any


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The result of a root field that has acted: its selection is still to be made, or its exception to be raised."""

    source: Any


class PlanExecutor(SettlingExecutor):
    """graphql-core's executor, which asks for a plan first and lets finished values through.

    A field with a plan is met here and not in its resolver, so that neither its arguments nor Strawberry's information
    about it are made. Everything else is graphql-core's.
    """

    def execute_field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        planner, pacer = self.context_value.planner, self.context_value.pacing.pacer
        arguments = (parent_type, source, field_details_list, path, position_context)
        is_new = planner is not None and id(field_details_list[0].node) not in planner.met
        if is_new and planner.compiled and pacer.is_spent:
            # this pass of the event loop has compiled a plan, and the field may need another one; the same field of
            # another row shares its plan, and its keys have to be in the same batch
            return self._field_later(pacer.queue(COMPILED), *arguments)
        return self._field(*arguments)

    def _field(
        self, parent_type: GraphQLObjectType, source: Any, field_details_list: Any, path: Any, position_context: Any
    ) -> Any:
        def resolve() -> Any:
            return super(PlanExecutor, self).execute_field(
                parent_type, source, field_details_list, path, position_context
            )

        context = self.context_value
        planner = context.planner
        definition = self.schema.get_field(parent_type, field_details_list[0].node.name.value)
        if context.commits.stopped_by is not None and path.prev is None and definition is not None:
            info = self.build_resolve_info(definition, [each.node for each in field_details_list], parent_type, path)
            known = _committed(context.commits, path.key)
            return self.complete_awaitable_value(
                definition.type, field_details_list, info, path, known, position_context
            )
        shown: Any = None if definition is None else definition.extensions.get(DEFINITION)
        if planner is None or definition is None or not hasattr(shown, "plan"):
            return resolve()
        nodes = [details.node for details in field_details_list]
        info = self.build_resolve_info(definition, nodes, parent_type, path)
        planned = _known(planner, path) or _started(shown, planner, source, info)
        if planned is None:
            return resolve()
        result = _finished(planned, planner, info, resolve)
        return self.complete_awaitable_value(definition.type, field_details_list, info, path, result, position_context)

    async def _field_later(self, turn: Awaitable[None], *arguments: Any) -> Any:
        """The field in a later pass of the event loop, as this one has compiled a plan."""
        await turn
        result = self._field(*arguments)
        return await result if self.is_awaitable(result) else result

    def complete_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Any, result: Any, position_context: Any
    ) -> Any:
        if type(result) is Finished and result.value is not None:
            return result.value
        plain = None if type(result) is Finished else result
        return super().complete_value(return_type, field_details_list, info, path, plain, position_context)


def _known(planner: Any, path: Any) -> Awaitable[Any] | None:
    """What a field has come to already, when its operation could not be answered as a whole."""
    place = tuple(path.as_list()) if planner.settled else None
    return _settled(planner.settled[place]) if place in planner.settled else None


async def _committed(commits: Any, name: str) -> Any:
    """Return the outcome of a root field of an operation that was stopped, instead of executing it."""
    return commits.result(name)


async def _settled(outcome: Any) -> Any:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


def _started(shown: Any, planner: Any, source: Any, info: Any) -> Awaitable[Any] | None:
    """What will give the field's value, or None when resolvers have to: they also say what is wrong with arguments."""
    try:
        planned: Awaitable[Any] | None = shown.plan(planner, source, info)
    except (RequestError, GraphQLError) as error:
        planner.gave_up(info, error)
        return None
    return planned


def _source(acted: Unfinished) -> Any:
    if isinstance(acted.source, Exception):
        raise acted.source
    return acted.source


async def _finished(planned: Awaitable[Any], planner: Any, info: Any, resolve: Callable[[], Any]) -> Any:
    """What the plan gives; what resolvers make of it when the plan gives up."""
    try:
        value = await planned
    except (RequestError, GraphQLError, Unplannable) as reason:
        planner.gave_up(info, reason)
    else:
        return _source(value) if type(value) is Unfinished else Finished(value)
    resolved = resolve()
    return Finished(await resolved if isinstance(resolved, Awaitable) else resolved)
