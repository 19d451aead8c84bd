"""Foreign keys and relationships within an organization.

Relationships over composite keys share ``organization_id``, which the ORM must not write. All of them are ``viewonly``
and raise instead of loading lazily. Rules write the id columns.
"""

from typing import Any

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import backref, relationship

__all__ = ["back", "related", "tenant_key"]


def tenant_key(column: str, table: str, *, ondelete: str = "RESTRICT") -> ForeignKeyConstraint:
    """Return a foreign key within the organization: ``(organization_id, column)`` to the primary key of ``table``.

    ``ondelete`` is RESTRICT or CASCADE. SET NULL would also set ``organization_id``, so rules set such a key to null.
    """
    return ForeignKeyConstraint(
        ["organization_id", column], [f"{table}.organization_id", f"{table}.id"], ondelete=ondelete
    )


# Any: the types of SQLAlchemy's own ``relationship``, which mypy does not infer from ``Mapped[...]``
def related(target: str | None = None, *, doc: str, **options: Any) -> Any:
    """Return a read-only relationship. ``doc`` is its description in the API.

    Its reverse is ``backref=back(...)``, or ``back_populates`` if the other model declares it.
    """
    return relationship(target, viewonly=True, lazy="raise", doc=doc, **options)


def back(name: str, *, doc: str, **options: Any) -> Any:
    """Return the reverse of a relationship, declared for the other model: a list, unless ``uselist=False``.

    A folder of the domain can declare both sides without editing the other folder.
    """
    return backref(name, viewonly=True, lazy="raise", doc=doc, **options)
