"""Bulk mutations: ``create_tasks = bulk(rules.create_tasks, CreateTaskInput, CreateTasksPayload, "Create tasks.")``.

A bulk mutation writes many rows in one transaction and reports the outcome of each row. Its arguments are ``inputs``, a
list of the inputs of the mutation of one row, and ``errorPolicy``.

The rule is called with all rows, inside a savepoint. If its errors identify the failed rows, the other rows are tried
again without them. A constraint violation identifies no row: statements search for rows with missing references or
duplicate values; otherwise each half is tried separately. So the number of statements grows with the number of failed
rows, not with the number of rows.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import GenericAlias
from typing import Any, Unpack
from uuid import UUID

from sqlalchemy import Column, Table
from sqlalchemy.exc import DBAPIError
from strawberry import UNSET

from graphql_app.authorization import Rights
from graphql_app.context import Context
from graphql_app.database.constraints import broken_reference, broken_unique
from graphql_app.database.errors import is_refused
from graphql_app.database.transaction import WriteTransaction
from graphql_app.database.transaction_sql import SAVEPOINT
from graphql_app.errors import Invalid, NotFound, Refused, RolledBack, RuleError, ValueLimit, rule_errors
from graphql_app.models.columns import Choice
from graphql_app.mutations.calls import MutationCall, RollbackRequested, user_errors_of
from graphql_app.mutations.inputs import InputValues, api_names, comparable, input_fields, read_input
from graphql_app.mutations.mutation import TransactionalField
from graphql_app.mutations.payloads import BulkPayload, Outcome
from graphql_app.mutations.references import hidden_references
from graphql_app.names import camel_case
from graphql_app.strawberry_adapter import Arguments
from graphql_app.types.costs import ItemCount
from graphql_app.types.declarations import argument, enum

__all__ = ["bulk"]

BulkRule = Callable[[WriteTransaction, Sequence[InputValues]], Awaitable[Sequence[Any]]]
"""``async def rule(tx, rows)``, which returns one record for each row, in their order."""


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
    """Input of a bulk mutation with its errors. ``index`` is its position in ``inputs``."""

    index: int
    values: InputValues
    errors: list[RuleError] = field(default_factory=list)
    record_id: UUID | None = None

    def outcome(self, *, is_rolled_back: bool) -> Outcome:
        """Return the outcome of the row; ``is_rolled_back`` if the complete call was rolled back."""
        if is_rolled_back and not self.errors:
            return Outcome(errors=[RolledBack("The row was not written, because another row failed.", self.index)])
        return Outcome(None if is_rolled_back else self.record_id, self.errors)


@dataclass(frozen=True, slots=True)
class RowWriter:
    """Writer of rows within one attempt. ``ignoring`` omits invalid values of optional fields."""

    tx: WriteTransaction
    rule: BulkRule
    input: type
    tables: Mapping[str, Table]
    ignoring: bool

    async def write(self, rows: Sequence[Row]) -> None:
        """Write the valid rows, and add errors to the others.

        Raises RuleError or Refused if the rule rejects the complete call, with a path that identifies no row.
        """
        waiting = [[row for row in rows if not row.errors or self._is_repaired(row, row.errors)]]
        while waiting:
            batch = waiting.pop()
            try:
                await self._write(batch)
            except (RuleError, Refused) as error:
                waiting.append(self._rest(batch, _by_position(error, len(batch))))
            except DBAPIError as error:
                if not is_refused(error):
                    raise
                waiting += await self._divided(batch, error)

    async def _write(self, rows: Sequence[Row]) -> None:
        if rows:
            async with self.tx.savepoint():
                records = await self.rule(self.tx, [row.values for row in rows])
            for row, record in zip(rows, records, strict=True):
                row.record_id = record.id

    async def _divided(self, rows: Sequence[Row], error: DBAPIError) -> list[list[Row]]:
        """Return the next batches, the first one last. Raises the error if it is not a user error."""
        (broken,) = user_errors_of(error, self.tables, api_names(self.input))
        if len(rows) == 1:
            return [self._rest(rows, {0: [broken]})]
        reference, unique = broken_reference(error, self.tables), broken_unique(error, self.tables)
        if reference is not None and (missing := await self._missing(rows, *reference)):
            return [self._rest(rows, missing)]
        if unique is not None and (batches := await self._without_duplicates(rows, unique, broken)):
            return batches
        half = len(rows) // 2
        return [list(rows[half:]), list(rows[:half])]

    async def _missing(self, rows: Sequence[Row], column: str, table: Table) -> dict[int, list[RuleError]]:
        """Return errors for the rows whose ``column`` refers to no row of ``table``, by their positions."""
        referenced = {row.values[column] for row in rows if row.values.get(column) is not None}
        existing = await self.tx.existing(table.c.id, referenced)
        return {
            position: [NotFound("There is no record with this ID.", camel_case(column))]
            for position, row in enumerate(rows)
            if row.values.get(column) in referenced - existing
        }

    async def _without_duplicates(self, rows: Sequence[Row], column: Column[Any], broken: RuleError) -> list[list[Row]]:
        """Return the next batches for a unique column: rows with unused values, the first of equal values first.

        Returns nothing for rows that are updated: they may keep their own values.
        """
        if any("id" in row.values for row in rows):
            return []
        values = {row.index: row.values.get(column.name) for row in rows}
        taken = await self.tx.existing(column, {value for value in values.values() if value is not None})
        duplicates = [position for position, row in enumerate(rows) if values[row.index] in taken]
        if duplicates:
            return [
                self._rest(
                    rows,
                    {position: [Invalid(str(broken), *broken.path)] for position in duplicates},
                )
            ]
        first = {values[row.index]: row.index for row in reversed(rows)}
        others = [row for row in rows if values[row.index] is not None and first[values[row.index]] != row.index]
        again = {row.index for row in others}
        return [others, [row for row in rows if row.index not in again]] if others else []

    def _rest(self, rows: Sequence[Row], failed: Mapping[int, list[RuleError]]) -> list[Row]:
        """Add errors to the rows at these positions; return the rows that are tried again."""
        for position, errors in failed.items():
            for error in errors:
                error.path = (rows[position].index, *error.path)
            rows[position].errors += errors
        return [row for at, row in enumerate(rows) if at not in failed or self._is_repaired(row, failed[at])]

    def _is_repaired(self, row: Row, errors: Sequence[RuleError]) -> bool:
        """Remove the invalid values from the row; return False if the row must be rejected."""
        optional = {each.api_name: each.name for each in input_fields(self.input) if each.absent is UNSET}
        invalid = {str(error.path[1]) if len(error.path) > 1 else "" for error in errors}
        is_optional = invalid <= optional.keys() and all(isinstance(error, Invalid | NotFound) for error in errors)
        if not (self.ignoring and is_optional):
            return False
        dropped = {optional[name] for name in invalid}
        row.values = {name: value for name, value in row.values.items() if name not in dropped}
        return True


def _by_position(error: RuleError | Refused, rows: int) -> dict[int, list[RuleError]]:
    """Return the errors by the position of their rows, which is removed from their paths.

    Raises the error if one of them identifies no row.
    """
    errors = rule_errors(error)
    if not all(each.path and isinstance(each.path[0], int) and each.path[0] < rows for each in errors):
        raise error
    found: dict[int, list[RuleError]] = {}
    for each in errors:
        found.setdefault(int(each.path[0]), []).append(each)
        each.path = each.path[1:]
    return found


class BulkField(TransactionalField):
    """Root field that executes ``rule(tx, rows)`` in its own transaction.

    Each row has the keyword arguments of the rule of one row. The rule returns a record for each row. It raises errors
    whose paths begin with the positions of the failed rows, and is then called again with the remaining rows.
    """

    sizing = ItemCount(("inputs",), is_planned=False)

    def __init__(
        self,
        rule: BulkRule,
        input: type,
        payload: type[BulkPayload],
        description: str,
        *,
        needs_key: bool = False,
        **rights: Unpack[Rights],
    ) -> None:
        super().__init__(
            payload,
            description,
            argument("inputs", GenericAlias(list, input), "Inputs of the rows."),
            argument("error_policy", enum(ErrorPolicy), "Effect of failed rows.", ErrorPolicy.REJECT_EVERYTHING),
            **rights,
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
            for error in await hidden_references(tx, self.input, {(row.index,): row.values for row in rows}):
                rows[int(error.path[0])].errors.append(error)
            await RowWriter(tx, self.rule, self.input, context.tables, ignoring).write(rows)
            outcome = _outcome(rows, is_strict=is_strict)
            if outcome.errors and is_strict:
                raise RollbackRequested(outcome)
            return outcome

        refused = _outcome(fresh(), is_strict=True) if is_strict and any(errors for _, errors in given) else None
        if is_too_long:
            refused = Outcome(
                errors=[
                    Invalid(
                        f"At most {most:,} rows are allowed.", code="TOO_MANY_ROWS", limit=ValueLimit(max_items=most)
                    )
                ]
            )
        return MutationCall(
            work,
            refused,
            compared=lambda: [policy, *(comparable(self.input, values) for values, _ in given)],
            begins_with=SAVEPOINT,
        )


bulk = BulkField
"""Declares a root field."""


def _outcome(rows: list[Row], *, is_strict: bool) -> Outcome:
    errors = [error for row in rows for error in row.errors]
    is_rolled_back = bool(errors) and is_strict
    return Outcome(errors=errors, results=[row.outcome(is_rolled_back=is_rolled_back) for row in rows])
