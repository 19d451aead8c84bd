"""Two companies with the same folders and notes, and viewers of every role."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from graphql_app.models.base import new_id
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import Server
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.domains.folders import api as domain
from tests.domains.folders.models import METADATA
from tests.engine.toy.database import make_tables
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import connected, copy_of, empty_database

COMPANY, OTHER = new_id(), new_id()
AUTHOR, COLLEAGUE = UUID(int=1), UUID(int=2)
ROLES = [role.name for role in domain.ROLES]


def viewer(role: str, organization: UUID = COMPANY) -> Viewer:
    """Return the viewer with a role, the author of half of the notes."""
    return Viewer(AUTHOR, organization, role)


@dataclass
class Notes:
    """API on notes, and plain SQL."""

    toy: Toy
    admin: DriverConnection

    async def column(self, sql: str, *arguments: Any) -> list[str]:
        """Return the first column of a plain query of the company's rows, as texts."""
        return [str(row[0]) for row in await self.admin.fetch(sql, COMPANY, *arguments)]


async def fill(admin: DriverConnection, company: UUID) -> None:
    """Insert a note for each author and each folder, also a deleted one and none, with a child, a page and a tag."""
    await admin.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Company')", company)
    folders, tag = [new_id(), new_id()], new_id()
    await admin.execute("INSERT INTO tags (organization_id, id, name) VALUES ($1, $2, 'tag')", company, tag)
    for index, folder in enumerate(folders):
        await admin.execute(
            "INSERT INTO folders (organization_id, id, name, deleted_at) VALUES ($1, $2, $3, $4::text::timestamptz)",
            *(company, folder, f"folder {index}", "2026-01-01" if index else None),
        )
    notes: list[UUID] = []
    for number, (author, place) in enumerate(product((AUTHOR, COLLEAGUE), (*folders, None))):
        note, parent = new_id(), notes[-1] if notes else None
        await admin.execute(
            "INSERT INTO notes (organization_id, id, title, size, price, secret, author_id, folder_id, parent_id) "
            "VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8)",
            *(company, note, f"note {number}", number, f"secret {number}", author, place, parent),
        )
        page = "INSERT INTO pages (organization_id, id, number, note_id) VALUES ($1, $2, $3, $4)"
        await admin.execute(page, company, new_id(), number, note)
        await admin.execute(
            "INSERT INTO note_tags (organization_id, note_id, tag_id) VALUES ($1, $2, $3)", company, note, tag
        )
        notes.append(note)


@pytest.fixture(scope="session")
def folders_api(mode: None) -> Api:
    """Return the domain's API, in both modes."""
    return domain.build()


@pytest.fixture(scope="session")
async def folders_template(postgres: Server) -> AsyncIterator[str]:
    """Return the name of a database with two companies."""
    async with empty_database(postgres) as made:
        await make_tables(made, METADATA)
        async with connected(made.admin) as admin:
            for company in (COMPANY, OTHER):
                await fill(admin, company)
        yield made.name


@pytest.fixture(scope="session")
async def notes(folders_api: Api, postgres: Server, folders_template: str) -> AsyncIterator[Notes]:
    """Yield companies that tests only read."""
    async with (
        copy_of(postgres, folders_template) as made,
        connected(made.admin) as admin,
        toy_on(folders_api, made.app) as toy,
    ):
        yield Notes(toy, admin)


@pytest.fixture
async def own_notes(folders_api: Api, postgres: Server, folders_template: str) -> AsyncIterator[Notes]:
    """Yield companies that the test may change."""
    async with (
        copy_of(postgres, folders_template) as made,
        connected(made.admin) as admin,
        toy_on(folders_api, made.app) as toy,
    ):
        yield Notes(toy, admin)
