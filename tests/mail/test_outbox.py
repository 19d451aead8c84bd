"""Mail of a server process: by SMTP, or to files, in the background, with notes of failures."""

import asyncio
import stat
from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from graphql_app.mail import files
from graphql_app.mail.outbox import Mail, Outbox, make_outbox
from graphql_app.settings import Settings
from graphql_app.testing.client import GivenSettings
from tests.support.commands import Run
from tests.support.settings import SECRET

MESSAGE = Mail("ada@north.example", "Reset your password", "Follow the link:\nhttps://app.example/reset#token=s3cr3t\n")


class Inbox:
    """Handler of an SMTP server that keeps messages, or rejects those to one address."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []

    async def handle_RCPT(  # noqa: N802 (the name that the server looks up)
        self, server: object, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == "full@north.example":
            return "552 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: object, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return "250 OK"


@pytest.fixture
async def inbox() -> AsyncIterator[tuple[Inbox, int]]:
    """Run an SMTP server on a free port. Yield its messages and its port."""
    handler = Inbox()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(handler), "127.0.0.1", 0)
    async with server:
        yield handler, server.sockets[0].getsockname()[1]


def given(directory: Path, **chosen: Any) -> Settings:
    return GivenSettings(_env_file=None, secret_key=SECRET, data_dir=directory, mail_from="w@x.example", **chosen)


def contents(directory: Path) -> dict[Path, bytes]:
    """Return the files below a directory."""
    return {file: file.read_bytes() for file in directory.rglob("*") if file.is_file()}


async def send(settings: Settings, *messages: Mail) -> None:
    """Send messages, and wait until they are sent or have failed."""
    outbox = make_outbox(settings)
    for message in messages:
        outbox.send(message)
    await outbox.close()


async def test_a_message_is_sent_by_smtp_to_its_only_recipient(tmp_path: Path, inbox: tuple[Inbox, int]) -> None:
    server, port = inbox
    await send(given(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_tls="off"), MESSAGE)
    (envelope,) = server.received
    assert (envelope.mail_from, envelope.rcpt_tos) == ("w@x.example", [MESSAGE.to])
    assert isinstance(envelope.content, bytes)
    received = message_from_bytes(envelope.content)
    assert (received["To"], received["Subject"]) == (MESSAGE.to, MESSAGE.subject)
    assert "https://app.example/reset#token=s3cr3t" in received.get_payload()
    assert files.kept_messages(tmp_path / "mail") == []


async def test_a_failed_message_is_noted_without_its_text(tmp_path: Path, inbox: tuple[Inbox, int]) -> None:
    settings = given(tmp_path, smtp_host="127.0.0.1", smtp_port=inbox[1], smtp_tls="off")
    await send(settings, Mail("full@north.example", "Hello", "s3cr3t"), MESSAGE)
    (kept,) = files.kept_messages(tmp_path / "mail")
    assert (kept.to, kept.subject, kept.text) == ("full@north.example", "Hello", None)
    assert "mailbox full" in str(kept.error)
    assert "s3cr3t" not in repr(contents(tmp_path))
    assert len(inbox[0].received) == 1


async def test_a_server_without_the_required_encryption_receives_nothing(
    tmp_path: Path, inbox: tuple[Inbox, int]
) -> None:
    await send(given(tmp_path, smtp_host="127.0.0.1", smtp_port=inbox[1]), MESSAGE)
    assert inbox[0].received == []
    (kept,) = files.kept_messages(tmp_path / "mail")
    assert "STARTTLS" in str(kept.error)


@pytest.mark.parametrize("to", ["a,victim@x.example", "a\nBcc: victim@x.example", "a <victim@x.example>", ""])
async def test_an_address_that_is_not_one_mailbox_gets_no_message(
    tmp_path: Path, inbox: tuple[Inbox, int], to: str
) -> None:
    await send(given(tmp_path, smtp_host="127.0.0.1", smtp_port=inbox[1], smtp_tls="off"), Mail(to, "Hello", "x"))
    assert inbox[0].received == []
    assert [kept.to for kept in files.kept_messages(tmp_path / "mail")] == [to]


async def test_without_smtp_messages_are_files_that_only_their_owner_can_read(tmp_path: Path) -> None:
    await send(given(tmp_path), MESSAGE)
    (file,) = contents(tmp_path)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


async def test_only_the_newest_files_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_FILES", 2)
    for at in range(4):
        await send(given(tmp_path), Mail(MESSAGE.to, f"Message {at}", ""))
    assert [kept.subject for kept in files.kept_messages(tmp_path / "mail")] == ["Message 2", "Message 3"]


async def test_a_stopping_process_notes_messages_that_it_could_not_send(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("graphql_app.mail.outbox.CLOSE_TIMEOUT", 0.01)
    outbox = Outbox(never, "w@x.example", tmp_path)
    outbox.send(MESSAGE)
    await outbox.close()
    assert [kept.error for kept in files.kept_messages(tmp_path)] == ["The server stopped."]


def test_the_command_shows_messages_and_failures(tmp_path: Path, run: Run) -> None:
    directory = {"WORKLINE_DATA_DIR": str(tmp_path)}
    assert run("mail", "show", **directory).status == 1
    asyncio.run(send(given(tmp_path), MESSAGE, Mail("a,b@x.example", "Hello", "s3cr3t")))
    written, failed = (line for line in run("mail", "list").out.splitlines() if "\t" in line)
    assert written.split("\t")[1::2] == ["written", MESSAGE.to]
    assert failed.split("\t")[1::2][:2] == ["failed", "a,b@x.example"]
    assert "#token=s3cr3t" in run("mail", "show").out
    shown = run("mail", "show", failed.split("\t")[0]).out
    assert "Not sent: " in shown
    assert "s3cr3t" not in shown
