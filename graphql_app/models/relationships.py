"""Foreign keys and relationships that carry the tenant.

Relationships over composite keys share ``organization_id``, which the ORM must never write: all of them are
``viewonly`` and raise instead of loading lazily. Rules write the id columns.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import backref, relationship


def tenant_key(column: str, table: str, *, ondelete: str = "RESTRICT") -> ForeignKeyConstraint:
    """A foreign key that cannot leave the organization: ``(organization_id, column)`` to ``table``'s primary key.

    ``ondelete`` is RESTRICT or CASCADE; unsetting a key is the rule's work (see the design: Citus refuses SET NULL
    here).
    """
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete=ondelete
    )


def related(target: str | None = None, *, doc: str, **options: Any) -> Any:
    """A relationship that is only read, and only when asked for. ``doc`` is its description in the API.

    The way back is ``backref=back(...)``, or ``back_populates`` where the model at the far end declares it itself.
    """
    return relationship(target, viewonly=True, lazy="raise", doc=doc, **options)


def back(name: str, *, doc: str, **options: Any) -> Any:
    """The way back of a relationship, on a model that knows nothing of this one: a list, unless ``uselist=False``.

    So a folder of the domain brings its edges in both directions, and those that it refers to stay as they are.
    """
    return backref(name, viewonly=True, lazy="raise", doc=doc, **options)
