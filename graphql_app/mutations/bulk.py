"""``create_tasks = bulk(rules.create_tasks, CreateTaskInput, CreateTasksPayload, "Create tasks.")`` is a whole field.

It writes many rows in one transaction and reports the outcome of each. Its arguments are ``inputs``, a list of what the
mutation of one row takes, and ``errorPolicy``.

The rule is called with all rows, inside a savepoint. When its errors name the bad rows, the others are tried again
without them. A broken constraint names none: rows that refer to nothing are looked for, otherwise each half is tried by
itself. So statements grow with the number of bad rows, not with the number of rows.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table
from sqlalchemy.exc import IntegrityError
from strawberry import UNSET

from graphql_app.context import Context
from graphql_app.database.constraints import broken_reference, broken_unique
from graphql_app.database.transaction import WriteTransaction
from graphql_app.database.transaction_sql import SAVEPOINT
from graphql_app.errors import Invalid, NotFound, Refused, RolledBack, RuleError, rule_errors
from graphql_app.models.columns import Choice
from graphql_app.mutations.inputs import Values, comparable, read_input, readable, shown_names
from graphql_app.mutations.mutation import Arguments, TransactionalField
from graphql_app.mutations.payloads import BulkPayload, Outcome
from graphql_app.mutations.transaction_batch import MutationCall, RollbackRequested, user_errors_of
from graphql_app.names import camel_case
from graphql_app.types.descriptions import argument, enum
from graphql_app.types.fields import ItemCount

BulkRule = Callable[[WriteTransaction, Sequence[Values]], Awaitable[Sequence[Any]]]
"""``async def rule(tx, rows)``: one record for each row, in their order."""


class ErrorPolicy(Choice):
    """Effect of failed rows on a bulk mutation."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING", "Writes nothing if any row fails. Errors of all rows are reported."
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS", "Writes all rows that do not fail."
    IGNORE_FAILED = (
        "IGNORE_FAILED",
        (
            "Writes as much as possible: invalid values of optional fields are omitted and reported. Rows that "
            "still fail are not written."
        ),
    )


@dataclass(slots=True)
class Row:
    """One of the inputs, with its errors. ``index`` is its place among them."""

    index: int
    values: Values
    errors: list[RuleError] = field(default_factory=list)
    record_id: UUID | None = None

    def outcome(self, *, undone: bool) -> Outcome:
        """Return the outcome of the row; ``undone`` if nothing of the whole call was kept."""
        if undone and not self.errors:
            return Outcome(errors=[RolledBack("The row was not written, because another row failed.", self.index)])
        return Outcome(None if undone else self.record_id, self.errors)


@dataclass(frozen=True, slots=True)
class RowWriter:
    """One attempt to write rows. With ``ignoring``, bad values of optional fields are left out."""

    tx: WriteTransaction
    rule: BulkRule
    input: type
    tables: Mapping[str, Table]
    ignoring: bool

    async def write(self, rows: Sequence[Row]) -> None:
        """Write every row that can be written; the others get their errors.

        Raises RuleError or Refused when the rule refuses the call as a whole: with a path that names no row.
        """
        waiting = [[row for row in rows if not row.errors or self._is_rid_of(row, row.errors)]]
        while waiting:
            together = waiting.pop()
            try:
                await self._together(together)
            except (RuleError, Refused) as error:
                waiting.append(self._rest(together, _by_place(error, len(together))))
            except IntegrityError as error:
                waiting += await self._apart(together, error)

    async def _together(self, rows: Sequence[Row]) -> None:
        if rows:
            async with self.tx.savepoint():
                records = await self.rule(self.tx, [row.values for row in rows])
            for row, record in zip(rows, records, strict=True):
                row.record_id = record.id

    async def _apart(self, rows: Sequence[Row], error: IntegrityError) -> list[list[Row]]:
        """Return what to try next, the first at the end. Raises the error if no client can mend it."""
        (broken,) = user_errors_of(error, self.tables, shown_names(self.input))
        if len(rows) == 1:
            return [self._rest(rows, {0: [broken]})]
        reference, unique = broken_reference(error, self.tables), broken_unique(error, self.tables)
        if reference is not None and (lost := await self._lost(rows, *reference)):
            return [self._rest(rows, lost)]
        if unique is not None and (first := await self._first(rows, unique, broken)):
            return first
        half = len(rows) // 2
        return [list(rows[half:]), list(rows[:half])]

    async def _lost(self, rows: Sequence[Row], column: str, table: Table) -> dict[int, list[RuleError]]:
        """Return errors for the rows whose ``column`` refers to nothing in ``table``, by their places."""
        wanted = {row.values[column] for row in rows if row.values.get(column) is not None}
        there = await self.tx.existing(table.c.id, wanted)
        return {
            place: [NotFound("There is no record with this ID.", camel_case(column))]
            for place, row in enumerate(rows)
            if row.values.get(column) in wanted - there
        }

    async def _first(self, rows: Sequence[Row], column: Column[Any], broken: RuleError) -> list[list[Row]]:
        """Return what to try next when a value is unique: not what is taken, and of equal rows the first ones first.

        Returns nothing when that is unknown: a row that is changed may keep its own value.
        """
        if any("id" in row.values for row in rows):
            return []
        values = {row.index: row.values.get(column.name) for row in rows}
        taken = await self.tx.existing(column, {value for value in values.values() if value is not None})
        late = [place for place, row in enumerate(rows) if values[row.index] in taken]
        if late:
            return [self._rest(rows, {place: [Invalid(str(broken), *broken.path)] for place in late})]
        first = {values[row.index]: row.index for row in reversed(rows)}
        others = [row for row in rows if values[row.index] is not None and first[values[row.index]] != row.index]
        again = {row.index for row in others}
        return [others, [row for row in rows if row.index not in again]] if others else []

    def _rest(self, rows: Sequence[Row], blamed: Mapping[int, list[RuleError]]) -> list[Row]:
        """Return the rows that are tried again, once those at these places got their errors."""
        for place, errors in blamed.items():
            for error in errors:
                error.path = (rows[place].index, *error.path)
            rows[place].errors += errors
        return [row for at, row in enumerate(rows) if at not in blamed or self._is_rid_of(row, blamed[at])]

    def _is_rid_of(self, row: Row, errors: Sequence[RuleError]) -> bool:
        """Take out of the row what the errors are about; False if the row has to be rejected."""
        optional = {each.shown: each.name for each in readable(self.input) if each.absent is UNSET}
        blamed = {str(error.path[1]) if len(error.path) > 1 else "" for error in errors}
        is_optional = blamed <= optional.keys() and all(isinstance(error, Invalid | NotFound) for error in errors)
        if not (self.ignoring and is_optional):
            return False
        dropped = {optional[name] for name in blamed}
        row.values = {name: value for name, value in row.values.items() if name not in dropped}
        return True


def _by_place(error: RuleError | Refused, rows: int) -> dict[int, list[RuleError]]:
    """Return the errors by the place of the row that each is about, their paths without it. Raises what names none."""
    errors = rule_errors(error)
    if not all(each.path and isinstance(each.path[0], int) and each.path[0] < rows for each in errors):
        raise error
    found: dict[int, list[RuleError]] = {}
    for each in errors:
        place, *each.path = each.path  # type: ignore[assignment]
        found.setdefault(int(place), []).append(each)
    return found


class BulkField(TransactionalField):
    """A root field that runs ``rule(tx, rows)`` in a transaction of its own.

    The rule is given for each row what the rule of one row is given as keywords, and returns a record for each. It may
    be called several times: with fewer rows when some are bad, which it says by errors that begin with the row's index.
    """

    sizing = ItemCount(("inputs",), is_planned=False)

    def __init__(
        self, rule: BulkRule, input: type, payload: type[BulkPayload], description: str, *, needs_key: bool = False
    ) -> None:
        many: Any = list[input]  # type: ignore[valid-type]
        everything = ErrorPolicy.REJECT_EVERYTHING
        super().__init__(
            payload,
            description,
            argument("inputs", many, "Inputs of the rows."),
            argument("error_policy", enum(ErrorPolicy), "Effect of rows that fail.", everything),
        )
        self.rule, self.input, self.needs_key = rule, input, needs_key

    def call(self, context: Context, arguments: Arguments) -> MutationCall:
        inputs, policy, most = arguments["inputs"], arguments["errorPolicy"], context.writing.rows_most
        is_strict = policy is ErrorPolicy.REJECT_EVERYTHING
        is_too_long = len(inputs) > most
        given = [] if is_too_long else [read_input(self.input, each, at) for at, each in enumerate(inputs)]

        def fresh() -> list[Row]:
            return [Row(index, values, [*errors]) for index, (values, errors) in enumerate(given)]

        async def work(tx: WriteTransaction) -> Outcome:
            rows, ignoring = fresh(), policy is ErrorPolicy.IGNORE_FAILED
            await RowWriter(tx, self.rule, self.input, context.tables, ignoring).write(rows)
            outcome = _outcome(rows, is_strict=is_strict)
            if outcome.errors and is_strict:
                raise RollbackRequested(outcome)
            return outcome

        refused = _outcome(fresh(), is_strict=True) if is_strict and any(errors for _, errors in given) else None
        if is_too_long:
            refused = Outcome(errors=[Invalid(f"At most {most:,} rows are allowed.", code="TOO_MANY_ROWS")])
        return MutationCall(
            work,
            refused,
            compared=lambda: [policy, *(comparable(self.input, values) for values, _ in given)],
            begins_with=SAVEPOINT,
        )


bulk: Any = BulkField
"""Declares a root field of a type."""


def _outcome(rows: list[Row], *, is_strict: bool) -> Outcome:
    errors = [error for row in rows for error in row.errors]
    undone = bool(errors) and is_strict
    return Outcome(errors=errors, results=[row.outcome(undone=undone) for row in rows])
