"""Records that PostgreSQL deletes together with others, by foreign keys with ON DELETE CASCADE.

The statement that deletes a record returns their ids, so that they have events, too. It reads them from its snapshot,
in which they still exist.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from uuid import UUID

from sqlalchemy import Delete, Table, Text, cast, func, lateral, literal_column, select, true, union_all

from graphql_app.models.base import TENANT, Base, policy_of, table_columns
from graphql_app.sql.parameters import Expression, Statement, in_tenant

__all__ = ["deleting"]

CASCADED = "cascaded"
"""Label of the column with the records that are deleted together with the others: ``Comment:<id>``."""
SEPARATOR = ":"


def mapped_table(model: type[Base]) -> Table:
    """Return the table of a model."""
    table = model.__table__
    assert isinstance(table, Table)
    return table


@cache
def dependents(model: type[Base]) -> tuple[tuple[type[Base], str], ...]:
    """Return the models with events whose rows are deleted together with those of ``model``, and their columns."""
    found = []
    for mapper in sorted(model.registry.mappers, key=lambda mapper: mapper.class_.__name__):
        child: type[Base] = mapper.class_
        names = {} if policy_of(child) is None else table_columns(child)
        for key in mapped_table(child).foreign_key_constraints if names else ():
            own = [each for each in key.column_keys if each != TENANT]
            if key.ondelete == "CASCADE" and key.referred_table is model.__table__ and len(own) == 1 and own != ["id"]:
                found.append((child, next(name for name, each in names.items() if each.name == own[0])))
    return tuple(sorted(found, key=lambda each: (each[0].__name__, each[1])))


def deleting(statement: Delete, model: type[Base], *returned: Expression) -> Statement:
    """Return a DELETE of rows of ``model`` as a SELECT of columns and the records that are deleted with them.

    By default, it returns the ids.
    """
    rows = statement.returning(*(returned or [model.__table__.c["id"]])).cte("deleted")
    key = rows.c.id
    gone = select(cast(literal_column(f"'{model.__name__}'"), Text).label("kind"), key.label("id")).cte(
        "gone", recursive=True
    )
    children = lateral(union_all(*_children(model, gone.c.kind, gone.c.id))).alias("child")
    gone = gone.union(select(children.c.kind, children.c.id).select_from(gone.join(children, true())))
    every = select(func.array_agg(gone.c.kind + SEPARATOR + cast(gone.c.id, Text)))
    others = every.where(gone.c.id.not_in(select(key))).scalar_subquery()
    return select(*rows.c, others.label(CASCADED))


def _children(model: type[Base], kind: Expression, id: Expression) -> Iterator[Statement]:
    """Yield a SELECT for each way in which the row ``id`` of a ``kind`` is referred to."""
    for parent in _reached(model):
        for child, name in dependents(parent):
            rows = child.__table__.alias()
            key = rows.c[table_columns(child)[name].name]
            made = select(cast(literal_column(f"'{child.__name__}'"), Text).label("kind"), rows.c.id.label("id"))
            yield made.where(in_tenant(rows.c), kind == literal_column(f"'{parent.__name__}'"), key == id)


@cache
def _reached(model: type[Base]) -> tuple[type[Base], ...]:
    """Return the model and all models whose rows may be deleted together with its rows."""
    found = [model]
    for each in found:
        found += [child for child, _ in dependents(each) if child not in found]
    return tuple(found)


def cascaded(model: type[Base], texts: Iterable[str] | None) -> Iterator[tuple[type[Base], UUID]]:
    """Yield the models and ids of the records that were deleted together with rows of ``model``."""
    models = {each.__name__: each for each in _reached(model)}
    for text in texts or ():
        name, _, id = text.partition(SEPARATOR)
        yield models[name], UUID(id)
