"""Translation of violated constraints to rule errors, by the names of constraints and never by PostgreSQL's text.

By the naming convention, a name contains the columns: ``fk_tasks_organization_id_assignee_id``,
``ck_tasks_title_length``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError

from graphql_app.database.errors import UNFIT, is_refused
from graphql_app.errors import Invalid, NotFound, RuleError, ValueLimit
from graphql_app.models.base import TENANT, Base
from graphql_app.models.columns import limit_of
from graphql_app.names import camel_case

__all__ = ["rule_error_of", "translate_constraint_errors"]

REFUSALS = {
    "22001": "A text is too long.",
    "22003": "A number is out of range.",
    "22007": "A date or time is invalid.",
    "22008": "A date or time is out of range.",
    "22015": "A duration is out of range.",
}
"""Messages of data exceptions, whose columns PostgreSQL does not name, by SQLSTATE."""


def rule_error_of(error: DBAPIError, tables: Mapping[str, Table]) -> RuleError | None:
    """Return the rule error of a violated constraint of one of the ``tables``, or of a value that does not fit.

    Returns None for other database errors.
    """
    table, name, code = _broken(error, tables)
    if table is None:
        return Invalid(REFUSALS.get(code, "A value is invalid.")) if code.startswith(UNFIT) else None
    column = _column(table, name)
    path = () if column is None else (camel_case(column.name),)
    match code:  # SQLSTATE: restrict, foreign key, unique, exclusion, check violation (PostgreSQL manual, appendix A)
        case "23001" | "23503" if _is_removal(error):
            return Invalid("Record is still in use by other records.")
        case "23503":
            return NotFound("There is no record with this ID.", *path)
        case "23505" | "23P01":
            return Invalid("Already in use: must be unique.", *path)
        case "23514":
            message = f"Invalid value. {'' if column is None else column.comment}".strip()
            return Invalid(message, *path, limit=None if column is None else _limit(column, name))
    return None


@contextmanager
def translate_constraint_errors(model: type[Base]) -> Iterator[None]:
    """Raise the rule error of a constraint that the block violates, so that ``within`` can prefix its path."""
    try:
        yield
    except DBAPIError as error:
        violated = rule_error_of(error, model.metadata.tables) if is_refused(error) else None
        if violated is None:
            raise
        raise violated from error


def broken_reference(error: DBAPIError, tables: Mapping[str, Table]) -> tuple[str, Table] | None:
    """Return the column that refers to a missing row, and its table; None for any other error."""
    table, name, code = _broken(error, tables)
    if table is None or code != "23503" or _is_removal(error):
        return None
    column = _column(table, name)
    keys = [key for key in table.foreign_key_constraints if key.name == name]
    return (column.name, keys[0].referred_table) if column is not None and keys else None


def broken_unique(error: DBAPIError, tables: Mapping[str, Table]) -> Column[Any] | None:  # of any type
    """Return the column with a duplicate value, if it is unique in the organization by itself; otherwise None."""
    table, name, code = _broken(error, tables)
    keys = () if table is None or code != "23505" else table.constraints
    unique = (key.columns for key in keys if key.name == name and isinstance(key, UniqueConstraint))
    columns = [column for column in next(unique, ()) if column.name != TENANT]
    return columns[0] if len(columns) == 1 else None


def _broken(error: DBAPIError, tables: Mapping[str, Table]) -> tuple[Table | None, str, str]:
    """Return the table and the name of the violated constraint, and the SQLSTATE."""
    cause = getattr(error.orig, "__cause__", None) or error.orig
    table = tables.get(getattr(cause, "table_name", None) or "")
    name = getattr(cause, "constraint_name", None)
    return (None if name is None else table), name or "", getattr(cause, "sqlstate", None) or ""


def _limit(column: Column[Any], constraint: str) -> ValueLimit | None:
    """Return the limit that a CHECK constraint sets to its column, if it has a common form."""
    limits = (limit_of(each, column) for each in column.table.constraints if each.name == constraint)
    return next(limits, None)


def _is_removal(error: DBAPIError) -> bool:
    """Return True if other rows refer to a deleted one: the statement is a DELETE of the engine."""
    return "DELETE FROM" in (error.statement or "")


def _column(table: Table, constraint: str) -> Column[Any] | None:  # of any type
    """Return the column of a constraint: the longest column name that follows the table and the tenant in its name."""
    _, _, rest = constraint.partition(f"_{table.name}_")
    rest = rest.removeprefix(f"{TENANT}_")
    fitting = [column for column in table.columns if rest == column.name or rest.startswith(f"{column.name}_")]
    return max(fitting, key=lambda column: len(column.name), default=None)
