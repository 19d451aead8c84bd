"""Files of mail in the data directory: messages that were written instead of sent, and notes of failed ones.

Only the owner of the files can read them, because messages contain secrets. The newest 500 of each kind are kept.
"""

import email
import email.policy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson

from graphql_app.models.base import new_id
from graphql_app.settings import Settings

MOST_FILES = 500
WRITTEN, FAILED = "outbox", "failed"
"""Directories of messages that were written instead of sent, and of notes of failed messages."""


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """Message that was written instead of sent, or the note of one that could not be sent, which has no text."""

    id: str
    date: str
    to: str
    subject: str
    text: str | None = None
    error: str | None = None


def mail_directory(settings: Settings) -> Path:
    """Return the directory of messages that were not sent."""
    return settings.data_dir / "mail"


def write_message(directory: Path, message: bytes) -> None:
    """Write a message to a file."""
    _write(directory / WRITTEN / f"{new_id()}.eml", message)


def note_failure(directory: Path, date: datetime, to: str, subject: str, error: str) -> None:
    """Write the note of a message that could not be sent."""
    note = {"date": date.isoformat(timespec="seconds"), "to": to, "subject": subject, "error": error}
    _write(directory / FAILED / f"{new_id()}.json", orjson.dumps(note))


def kept_messages(directory: Path) -> list[KeptMessage]:
    """Return the messages and the notes of failures, in the order of their times."""
    return sorted((*_messages(directory / WRITTEN), *_notes(directory / FAILED)), key=lambda kept: kept.id)


def _messages(directory: Path) -> Iterator[KeptMessage]:
    for file in directory.glob("*.eml"):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        body = message.get_body(("plain",))
        text = "" if body is None else body.get_content()
        date = message["Date"].datetime.isoformat(timespec="seconds")
        yield KeptMessage(file.stem, date, str(message["To"]), str(message["Subject"]), text=text)


def _notes(directory: Path) -> Iterator[KeptMessage]:
    for file in directory.glob("*.json"):
        yield KeptMessage(file.stem, **orjson.loads(file.read_bytes()))


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # IDs sort by time
    for old in sorted(file.parent.iterdir())[: 1 - MOST_FILES]:
        old.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_bytes(content)
