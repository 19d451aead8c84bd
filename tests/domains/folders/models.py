"""Folders that are deleted softly, private notes in them, and their pages, which have no rules."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKeyConstraint, MetaData, Table, Uuid, exists, or_
from sqlalchemy.orm import Mapped, aliased, mapped_column, registry

from graphql_app.models.base import NAMING_CONVENTION, Base, RootBase, TenantBase, Versioned
from graphql_app.models.relationships import back, related, tenant_key
from graphql_app.sql.row_rules import RuleViewer, changeable, visible

METADATA = MetaData(naming_convention=NAMING_CONVENTION)
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)
EDITOR = "EDITOR"
"""Role that a project adds: it sees all notes of folders that are not deleted, and changes its own."""


class FoldersRoot(RootBase):
    """Base of the organization."""

    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class FoldersTenant(TenantBase):
    """Base of all other models."""

    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Company(FoldersRoot):
    """Company with folders."""

    __tablename__ = "organizations"
    name: Mapped[str] = mapped_column(comment="Name.")


class Folder(Versioned, FoldersTenant):
    """Folder of notes, which is deleted by setting a time."""

    __tablename__ = "folders"
    name: Mapped[str] = mapped_column(comment="Name.")
    deleted_at: Mapped[datetime | None] = mapped_column(comment="Time of the deletion.")


class Note(Versioned, FoldersTenant):
    """Note of an author, which the others may not see."""

    __tablename__ = "notes"
    __table_args__ = (tenant_key("folder_id", "folders"), tenant_key("parent_id", "notes"))
    title: Mapped[str] = mapped_column(comment="Title.")
    size: Mapped[int] = mapped_column(comment="Size.")
    price: Mapped[int | None] = mapped_column(comment="Price.")
    secret: Mapped[str] = mapped_column(comment="Secret.")
    author_id: Mapped[UUID] = mapped_column(comment="ID of the author.")
    folder_id: Mapped[UUID | None] = mapped_column(comment="ID of the folder.")
    parent_id: Mapped[UUID | None] = mapped_column(comment="ID of the note above.")

    folder: Mapped[Folder | None] = related(backref=back("notes", doc="Notes of the folder."), doc="Folder.")
    parent: Mapped["Note | None"] = related(
        remote_side="Note.id", foreign_keys="Note.parent_id",
        primaryjoin="and_(Note.organization_id == remote(Note.organization_id), Note.parent_id == remote(Note.id))",
        doc="Note above.",
    )  # fmt: skip
    tags: Mapped[list["Tag"]] = related(secondary="note_tags", back_populates="notes", doc="Tags of the note.")


class Page(FoldersTenant):
    """Page of a note: a required relation to a record that may be hidden."""

    __tablename__ = "pages"
    __table_args__ = (tenant_key("note_id", "notes"),)
    number: Mapped[int] = mapped_column(comment="Number.")
    note_id: Mapped[UUID] = mapped_column(comment="ID of the note.")
    note: Mapped[Note] = related(backref=back("pages", doc="Pages of the note."), doc="Note of the page.")


class Tag(FoldersTenant):
    """Tag of notes."""

    __tablename__ = "tags"
    name: Mapped[str] = mapped_column(comment="Name.")
    notes: Mapped[list[Note]] = related(secondary="note_tags", back_populates="tags", doc="Notes with the tag.")


NOTE_TAGS = Table(
    "note_tags",
    METADATA,
    Column("organization_id", Uuid, primary_key=True),
    Column("note_id", Uuid, primary_key=True),
    Column("tag_id", Uuid, primary_key=True),
    ForeignKeyConstraint(["organization_id", "note_id"], ["notes.organization_id", "notes.id"]),
    ForeignKeyConstraint(["organization_id", "tag_id"], ["tags.organization_id", "tags.id"]),
)


def undeleted(viewer: RuleViewer) -> Any:
    return Folder.deleted_at.is_(None)


def own_notes(viewer: RuleViewer) -> Any:
    """Show owners everything, editors the notes of folders that are not deleted, and others their own notes."""
    if viewer.role == "OWNER":
        return True
    if viewer.role == "READER":
        return Note.author_id == viewer.user_id
    folder = aliased(Folder)
    found = exists().where(
        folder.organization_id == viewer.organization_id, folder.id == Note.folder_id, folder.deleted_at.is_(None)
    )
    return or_(Note.author_id == viewer.user_id, found)


def changed_by_author(viewer: RuleViewer) -> Any:
    return viewer.role == "OWNER" or Note.author_id == viewer.user_id


visible(Folder, undeleted)
visible(Note, own_notes)
changeable(Note, changed_by_author, "Only the author may change a note.")
