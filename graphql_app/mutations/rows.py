"""The rows of a bulk mutation: written together, and taken apart where the database says no.

A rule is called with all rows, inside a savepoint. When it says which rows are bad, the others are tried again without
them. A broken constraint does not say it: rows that refer to nothing are looked for, otherwise each half is tried by
itself. So statements grow with the number of bad rows, not with the number of rows.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table
from sqlalchemy.exc import IntegrityError

from graphql_app.database.constraints import broken_reference, broken_unique
from graphql_app.database.database import Database
from graphql_app.errors import Invalid, NotFound, Refused, RolledBack, RuleError, rule_errors
from graphql_app.mutations.deeds import told
from graphql_app.mutations.inputs import Values
from graphql_app.mutations.payloads import Outcome
from graphql_app.names import camel_case

BulkRule = Callable[[Database, Sequence[Values]], Awaitable[Sequence[Any]]]
"""``async def rule(db, rows)``: one record for each row, in their order."""


@dataclass(slots=True)
class Row:
    """One of the inputs, and what became of it. ``index`` is its place among them."""

    index: int
    values: Values
    errors: list[RuleError] = field(default_factory=list)
    record_id: UUID | None = None

    def outcome(self, *, undone: bool) -> Outcome:
        """What the client is shown; ``undone`` says that nothing of the whole call was kept."""
        if undone and not self.errors:
            return Outcome(errors=[RolledBack("This row was not written, since another one failed.", self.index)])
        return Outcome(None if undone else self.record_id, self.errors)


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of an input by their names in the API: their Python names, and which a row can do without."""

    names: Mapping[str, str]
    optional: frozenset[str]

    def drop(self, row: Row, errors: Sequence[RuleError]) -> bool:
        """Take out of the row what the errors are about; False when the row has to be rejected."""
        blamed = {str(error.path[1]) if len(error.path) > 1 else "" for error in errors}
        if not blamed <= self.optional or not all(isinstance(error, (Invalid, NotFound)) for error in errors):
            return False
        dropped = {self.names[name] for name in blamed}
        row.values = {name: value for name, value in row.values.items() if name not in dropped}
        return True


@dataclass(frozen=True, slots=True)
class Writing:
    """One attempt to write rows. With ``ignoring``, bad values of optional fields are left out."""

    db: Database
    rule: BulkRule
    fields: Fields
    tables: Mapping[str, Table]
    ignoring: bool

    async def write(self, rows: Sequence[Row]) -> None:
        """Write every row that can be written; the others get their errors.

        Raises RuleError or Refused when the rule says no to the call as a whole: with a path that names no row.
        """
        waiting = [list(rows)]
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
            async with self.db.savepoint():
                records = await self.rule(self.db, [row.values for row in rows])
            for row, record in zip(rows, records, strict=True):
                row.record_id = record.id

    async def _apart(self, rows: Sequence[Row], error: IntegrityError) -> list[list[Row]]:
        """What to try next, the first at the end. Raises the error when it is none that a client could mend."""
        (broken,) = told(error, self.tables, frozenset(self.fields.names))
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
        """The rows whose ``column`` refers to nothing in ``table``, by their places."""
        wanted = {row.values[column] for row in rows if row.values.get(column) is not None}
        there = await self.db.existing(table.c.id, wanted)
        return {
            place: [NotFound("There is no record with this id.", camel_case(column))]
            for place, row in enumerate(rows)
            if row.values.get(column) in wanted - there
        }

    async def _first(self, rows: Sequence[Row], column: Column[Any], broken: RuleError) -> list[list[Row]]:
        """What to try next when a value may be there once: not what is taken, and of equal rows the first ones first.

        Nothing when it cannot be told: a row that is changed may keep its own value.
        """
        if any("id" in row.values for row in rows):
            return []
        values = {row.index: row.values.get(column.name) for row in rows}
        taken = await self.db.existing(column, {value for value in values.values() if value is not None})
        late = [place for place, row in enumerate(rows) if values[row.index] in taken]
        if late:
            return [self._rest(rows, {place: [Invalid(str(broken), *broken.path)] for place in late})]
        first = {values[row.index]: row.index for row in reversed(rows)}
        others = [row for row in rows if values[row.index] is not None and first[values[row.index]] != row.index]
        again = {row.index for row in others}
        return [others, [row for row in rows if row.index not in again]] if others else []

    def _rest(self, rows: Sequence[Row], blamed: Mapping[int, list[RuleError]]) -> list[Row]:
        """The rows that are tried again, once those at these places got their errors."""
        rejected = {place for place, errors in blamed.items() if not self._goes_on(rows[place], errors)}
        return [row for place, row in enumerate(rows) if place not in rejected]

    def _goes_on(self, row: Row, errors: Sequence[RuleError]) -> bool:
        for error in errors:
            error.path = (row.index, *error.path)
        row.errors += errors
        return self.ignoring and self.fields.drop(row, errors)


def _by_place(error: RuleError | Refused, rows: int) -> dict[int, list[RuleError]]:
    """The errors by the place of the row that each is about, their paths without it. Raises what names no row."""
    errors = rule_errors(error)
    if not all(each.path and isinstance(each.path[0], int) and each.path[0] < rows for each in errors):
        raise error
    found: dict[int, list[RuleError]] = {}
    for each in errors:
        place, *each.path = each.path  # type: ignore[assignment]
        found.setdefault(int(place), []).append(each)
    return found
