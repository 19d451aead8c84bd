"""``create_tasks = bulk(rules.create_tasks, CreateTaskInput, CreateTasksPayload, "Create tasks.")`` is a whole field.

It writes many rows in one transaction and says of each what became of it. Its arguments are ``inputs``, a list of what
the mutation of one row takes, and ``errorPolicy``.
"""

from typing import Any

import strawberry

from graphql_app.database.database import Database
from graphql_app.errors import Invalid
from graphql_app.execution.context import Context
from graphql_app.mutations.deeds import Deed, Undone
from graphql_app.mutations.fields import Arguments, DeedField, Terms
from graphql_app.mutations.payloads import BulkOutcome, BulkPayload, Outcome
from graphql_app.mutations.policies import ErrorPolicy
from graphql_app.mutations.reading import comparable, read_input
from graphql_app.mutations.rows import BulkRule, Fields, Row, Writing
from graphql_app.views.described import argument, enum
from graphql_app.views.inputs import api_name
from graphql_app.views.limits import Sizing


class BulkField(DeedField):
    """A root field that writes many rows by one rule."""

    sizing = Sizing(("inputs",), is_planned=False)

    def __init__(self, rule: BulkRule, input: type, payload: type[BulkPayload], description: str, terms: Terms) -> None:
        super().__init__(payload, description, terms)
        many: Any = list[input]  # type: ignore[valid-type]
        everything = ErrorPolicy.REJECT_EVERYTHING
        self.arguments = [
            argument("inputs", many, "What is to be done, row by row."),
            argument("error_policy", enum(ErrorPolicy), "What becomes of it when rows fail.", everything),
        ]
        self.rule = rule
        self.input = input
        self.fields = _fields_of(input)

    def deed(self, context: Context, arguments: Arguments) -> Deed:
        """What a call with these arguments is to do."""
        inputs, policy, most = arguments["inputs"], arguments["errorPolicy"], context.writing.rows_most
        if len(inputs) > most:
            refused = Outcome(errors=[Invalid(f"This is more than {most:,} rows.", code="TOO_MANY_ROWS")])
            return Deed(_nothing, refused)
        given = [read_input(self.input, each, index) for index, each in enumerate(inputs)]

        def fresh() -> list[Row]:
            return [Row(index, values, [*errors]) for index, (values, errors) in enumerate(given)]

        async def work(db: Database) -> Outcome:
            rows = fresh()
            ignoring = policy is ErrorPolicy.IGNORE_FAILED
            writing = Writing(db, self.rule, self.fields, context.tables, ignoring)
            await writing.write([row for row in rows if self._is_good(row, ignoring=ignoring)])
            outcome = _outcome(rows, policy)
            if outcome.errors and policy is ErrorPolicy.REJECT_EVERYTHING:
                raise Undone(outcome)
            return outcome

        is_bad = policy is ErrorPolicy.REJECT_EVERYTHING and any(errors for _, errors in given)
        return Deed(
            work,
            _outcome(fresh(), policy) if is_bad else None,
            savepoint=True,
            compared=lambda: [policy, *(comparable(self.input, values) for values, _ in given)],
        )

    def _is_good(self, row: Row, *, ignoring: bool) -> bool:
        return not row.errors or (ignoring and self.fields.drop(row, row.errors))


def bulk(rule: BulkRule, input: type, payload: type[BulkPayload], description: str, *, needs_key: bool = False) -> Any:
    """A root field that runs ``rule(db, rows)`` in a transaction of its own.

    The rule is given for each row what the rule of one row is given as keywords, and returns a record for each. It may
    be called several times: with fewer rows when some are bad, which it says by errors that begin with the row's index.
    """
    return BulkField(rule, input, payload, description, Terms(needs_key))


async def _nothing(db: Database) -> Outcome:
    return Outcome()


def _outcome(rows: list[Row], policy: ErrorPolicy) -> BulkOutcome:
    errors = [error for row in rows for error in row.errors]
    undone = bool(errors) and policy is ErrorPolicy.REJECT_EVERYTHING
    return BulkOutcome(errors=errors, results=[row.outcome(undone=undone) for row in rows])


def _fields_of(input: type) -> Fields:
    fields = input.__strawberry_definition__.fields  # type: ignore[attr-defined]
    optional = {api_name(field) for field in fields if field.default is strawberry.UNSET}
    return Fields({api_name(field): field.python_name for field in fields}, frozenset(optional))
