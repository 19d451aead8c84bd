"""``create_task = mutation(rules.create_task, CreateTaskInput, CreateTaskPayload, "Create a task.")`` is a whole field.

Its one argument is ``input``. The input is read and checked, and the rule called with what was given in it, in one
transaction that is committed when the rule returns; the payload shows the record that the rule returned.
"""

import inspect
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import Any

from graphql_app.database.database import Database
from graphql_app.execution.context import Context
from graphql_app.mutations.deeds import Continuation, Deed, outcome_of
from graphql_app.mutations.fields import Arguments, DeedField, Terms
from graphql_app.mutations.inputs import Values
from graphql_app.mutations.payloads import Outcome, Payload
from graphql_app.mutations.reading import comparable, read_input, readable
from graphql_app.views.described import argument

Rule = Callable[..., Awaitable[Any]]
"""``async def rule(db, *, title, due_at=None)``: what was given of the input, by name, without GraphQL."""

Prepare = Callable[[Context, Values], Awaitable[Values]]
"""Makes what a rule is given of what an input gives."""


class MutationField(DeedField):
    """A root field that changes something by one call of a rule."""

    def __init__(
        self,
        rule: Rule,
        input: type,
        payload: type[Payload],
        description: str,
        terms: Terms,
        prepare: Prepare | None = None,
    ) -> None:
        super().__init__(payload, description, terms)
        self.arguments = [argument("input", input, "What is to be done.")]
        self.rule = rule
        self.input = input
        self.prepare = prepare
        if prepare is None:
            fields = input.__strawberry_definition__.fields  # type: ignore[attr-defined]
            _check_parameters(rule, {field.python_name for field in fields})

    @cached_property
    def shown(self) -> frozenset[str]:
        """The names of the input's fields in the API."""
        return frozenset(field.shown for field in readable(self.input))

    def deed(self, context: Context, arguments: Arguments) -> Deed:
        """What a call with these arguments is to do."""
        values, errors = read_input(self.input, arguments["input"])
        taken = values

        async def prepare() -> None:
            nonlocal taken
            assert self.prepare is not None
            taken = await self.prepare(context, values)

        async def work(db: Database) -> Outcome:
            return outcome_of(await self.rule(db, **taken))

        return Deed(
            work,
            Outcome(errors=errors) if errors else None,
            self.shown,
            lambda: comparable(self.input, values),
            alone=self.terms.alone,
            continuation=self.terms.continuation,
            prepare=None if self.prepare is None else prepare,
        )


def mutation(
    rule: Rule,
    input: type,
    payload: type[Payload],
    description: str,
    *,
    needs_key: bool = False,
    alone: bool = False,
    continuation: Continuation | None = None,
    prepare: Prepare | None = None,
) -> Any:
    """A root field that runs ``rule(db, **input)`` in a transaction of its own.

    ``needs_key``: each call has an idempotency key. ``alone``: it cannot be part of a transaction of several.
    ``continuation`` runs after the commit, and its errors stand beside the record. ``prepare`` makes of the input what
    the rule takes, once, before any transaction begins: for work that takes long and needs no database, such as hashing
    a password. Without it, raises TypeError when the rule does not take what the input gives.
    """
    return MutationField(rule, input, payload, description, Terms(needs_key, alone, continuation), prepare)


def _check_parameters(rule: Rule, given: set[str]) -> None:
    parameters = list(inspect.signature(rule).parameters.values())[1:]
    named = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
    needed = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD and each.default is each.empty}
    unknown = set() if len(named) < len(parameters) else given - named
    if unknown or needed - given:
        raise TypeError(
            f"{rule.__qualname__} does not take {unknown or 'no'} of its input, or misses {needed - given}."
        )
