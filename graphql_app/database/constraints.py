"""From a broken constraint to what the client is told, by the constraint's name and never by PostgreSQL's text.

The naming convention makes a name tell its columns: ``fk_tasks_organization_id_assignee_id``,
``ck_tasks_title_length``.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Table, UniqueConstraint
from sqlalchemy.exc import DBAPIError, IntegrityError

from graphql_app.errors import Invalid, NotFound, RuleError
from graphql_app.models.base import TENANT, Base
from graphql_app.names import camel_case


def broken_rule(error: DBAPIError, tables: Mapping[str, Table]) -> RuleError | None:
    """The rule that a database error stands for, or None when it is not a constraint of one of the ``tables``."""
    table, name, code = _broken(error, tables)
    if table is None:
        return None
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
            return Invalid(f"Invalid value. {'' if column is None else column.comment}".strip(), *path)
    return None


@contextmanager
def telling(model: type[Base]) -> Iterator[None]:
    """What a broken constraint inside stands for is raised at once, so that ``within`` can say where it stands."""
    try:
        yield
    except IntegrityError as error:
        told = broken_rule(error, model.metadata.tables)
        if told is None:
            raise
        raise told from error


def broken_reference(error: DBAPIError, tables: Mapping[str, Table]) -> tuple[str, Table] | None:
    """Which column refers to nothing, and the table that it refers to; None when something else is wrong."""
    table, name, code = _broken(error, tables)
    keys = [] if table is None else [key for key in table.foreign_key_constraints if key.name == name]
    if code != "23503" or not keys or _is_removal(error):
        return None
    column = _column(keys[0].table, name)
    return None if column is None else (column.name, keys[0].referred_table)


def broken_unique(error: DBAPIError, tables: Mapping[str, Table]) -> Column[Any] | None:
    """The column that by itself is unique in the organization, and was to get a value twice; None if it is not that."""
    table, name, code = _broken(error, tables)
    keys = [] if table is None else [key for key in table.constraints if key.name == name]
    if code != "23505" or not keys or not isinstance(keys[0], UniqueConstraint):
        return None
    columns = [column for column in keys[0].columns if column.name != TENANT]
    return columns[0] if len(columns) == 1 else None


def _broken(error: DBAPIError, tables: Mapping[str, Table]) -> tuple[Table | None, str, str]:
    """The table and the name of the constraint that was broken, and the SQLSTATE."""
    cause: Any = getattr(error.orig, "__cause__", None) or error.orig
    table = tables.get(getattr(cause, "table_name", None) or "")
    name = getattr(cause, "constraint_name", None)
    return (None if name is None else table), name or "", getattr(cause, "sqlstate", None) or ""


def _is_removal(error: DBAPIError) -> bool:
    """Whether it is not this row that refers to nothing, but others to this one. The engine's statements say so."""
    return "DELETE FROM" in (error.statement or "")


def _column(table: Table, constraint: str) -> Column[Any] | None:
    """The column that a constraint is about: the longest one whose name its name goes on with, after the tenant."""
    _, _, rest = constraint.partition(f"_{table.name}_")
    rest = rest.removeprefix(f"{TENANT}_")
    fitting = [column for column in table.columns if rest == column.name or rest.startswith(f"{column.name}_")]
    return max(fitting, key=lambda column: len(column.name), default=None)
