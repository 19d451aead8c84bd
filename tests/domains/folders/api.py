"""Types and mutations of folders and notes."""

from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import UUID

import strawberry
from strawberry import ID

from graphql_app.authorization import DEFAULT_ROLES, Role
from graphql_app.database.transaction import WriteTransaction
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, deleted_id, record
from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.sql.edges import reverse
from graphql_app.types.declarations import field, optional
from graphql_app.types.lists import connection, to_many
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node, by_id
from graphql_app.types.relations import to_one
from graphql_app.types.schema import Api, build_schema
from tests.domains.folders import models as m

ROLES = (*DEFAULT_ROLES, Role("EDITOR", "Sees notes of all authors."), Role("READER", "Sees own notes."))


@model_type(m.Company)
class Company(Node):
    name: str


@model_type(m.Folder)
class Folder(Node):
    name: str
    deleted_at: datetime | None
    version: int

    notes = to_many(reverse(m.Note.folder))


@model_type(m.Note)
class Note(Node):
    title: str
    size: int
    price: int | None = field(roles=["OWNER", "EDITOR"], as_null=True)
    secret: str = field(roles=["OWNER"])
    version: int

    folder = to_one(m.Note.folder)
    parent = to_one(m.Note.parent)
    pages = to_many(reverse(m.Page.note))
    tags = to_many(m.Note.tags, roles=["OWNER", "EDITOR", "READER"])


@model_type(m.Page)
class Page(Node):
    number: int

    note = to_one(m.Page.note)


@model_type(m.Tag)
class Tag(Node):
    name: str

    notes = to_many(m.Tag.notes)


@input_of(m.Note, "Note to add.")
class AddNoteInput:
    title: str = field("Title.")
    folder_id: ID | None = optional("ID of the folder.")
    parent_id: ID | None = optional("ID of the note above.")


@input_of(m.Note, "Note to change.")
class ChangeNoteInput:
    id: ID = field("ID of the note.")
    expected_version: int | None = optional("Version.")
    title: str | None = optional("Title.")
    folder_id: ID | None = optional("ID of the folder.")


@input_of(m.Note, "Note to delete.")
class DeleteNoteInput:
    id: ID = field("ID of the note.")


@input_of(m.Folder, "Folder to delete.")
class DeleteFolderInput:
    id: ID = field("ID of the folder.")


@strawberry.type(description="Note as it is now.")
class NotePayload(Payload):
    note = record(m.Note, "The note.")


@strawberry.type(description="ID of the deleted note.")
class DeleteNotePayload(Payload):
    deleted_id = deleted_id("ID of the deleted note.")


@strawberry.type(description="Folder as it is now.")
class FolderPayload(Payload):
    folder = record(m.Folder, "The folder; null once it is deleted.")


async def add_note(tx: WriteTransaction, **given: Any) -> m.Note:
    note = m.Note(organization_id=tx.organization_id, author_id=tx.viewer.user_id, size=1, secret="s", **given)
    return await tx.save(note)


async def change_note(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **given: Any) -> m.Note:
    return await tx.update(m.Note, id, expected_version, **given)


async def rename_note(tx: WriteTransaction, *, id: UUID, expected_version: int | None = None, **given: Any) -> m.Note:
    return await tx.change(await tx.lock(m.Note, id, expected_version), **given)


async def delete_note(tx: WriteTransaction, *, id: UUID) -> m.Note:
    return await tx.delete_if(m.Note, id) or await tx.delete(await tx.lock(m.Note, id))


async def delete_folder(tx: WriteTransaction, *, id: UUID) -> m.Folder:
    return await tx.change(await tx.lock(m.Folder, id), deleted_at=datetime.now(UTC))


@strawberry.type
class Query:
    folder = by_id(m.Folder, "Folder.")
    folders = connection(m.Folder, "Folders.")
    note = by_id(m.Note, "Note.")
    notes = connection(m.Note, "Notes.")
    pages = connection(m.Page, "Pages.")
    tags = connection(m.Tag, "Tags.")


@strawberry.type
class Mutation:
    add_note = mutation(add_note, AddNoteInput, NotePayload, "Add a note.")
    change_note = mutation(change_note, ChangeNoteInput, NotePayload, "Change a note by one statement.")
    rename_note = mutation(rename_note, ChangeNoteInput, NotePayload, "Change a locked note.")
    delete_note = mutation(delete_note, DeleteNoteInput, DeleteNotePayload, "Delete a note.")
    delete_folder = mutation(delete_folder, DeleteFolderInput, FolderPayload, "Delete a folder.", roles=["OWNER"])


@cache
def build() -> Api:
    """Return the API."""
    return build_schema(
        nodes=[m.Company, m.Folder, m.Note, m.Page, m.Tag],
        queries=[Query],
        mutations=[Mutation],
        types=USER_ERRORS,
        roles=ROLES,
    )
