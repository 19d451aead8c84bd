"""Rows in every table, with every foreign key set somewhere, for as many organizations as a test needs.

Each domain with tables inserts its own: ``fill`` in ``tests/<domain>/rows.py``.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from graphql_app.identity.models import Organization
from graphql_app.models.base import Base
from schema import DOMAINS


class Rows:
    """Inserted rows of one organization. ``session`` acts as workline_system."""

    def __init__(self, session: AsyncSession) -> None:
        self.organization = uuid4()
        self.ids: dict[str, UUID] = {}
        """Rows to which the rows of later domains refer."""
        self._session = session

    async def add(self, model: type[Base], /, **values: Any) -> UUID:
        """Insert a row. The caller decides the order, because relationships of the mapping are read-only."""
        id = uuid4()
        await self.save(model(organization_id=self.organization, id=id, **values))
        return id

    async def save(self, row: Base) -> None:
        """Insert a complete row."""
        self._session.add(row)
        await self._session.flush()


async def fill(session: AsyncSession, name: str) -> UUID:
    """Make an organization with rows in every table, and return its id."""
    rows = Rows(session)
    await rows.save(Organization(id=rows.organization, name=name))
    for path in (f"tests.{domain}.rows" for domain in (*DOMAINS, "events")):
        if find_spec(path):
            await import_module(path).fill(rows)
    return rows.organization
