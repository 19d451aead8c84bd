"""Outbox of one process: messages are sent in the background, after the transaction that caused them.

A message that cannot be sent is logged, and noted in a file without its text, which may contain a secret. The command
``workline mail`` shows these notes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path

import aiosmtplib
import structlog

from graphql_app.mail.files import mail_directory, note_failure, write_message
from graphql_app.settings import Settings

log = structlog.get_logger("workline.mail")

SMTP_TIMEOUT = 20.0
CLOSE_TIMEOUT = 5.0
"""Seconds for which a stopping process continues to send."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Message to one address. Its text may contain a secret."""

    to: str
    subject: str
    text: str = field(repr=False)


type Deliver = Callable[[EmailMessage, str], Awaitable[None]]
"""Function that delivers a message to an address, or raises an exception."""


def by_smtp(settings: Settings) -> Deliver:
    """Return a function that sends a message to the server of the settings."""
    password = settings.smtp_password.get_secret_value() if settings.smtp_password else None

    async def deliver(message: EmailMessage, to: str) -> None:
        await aiosmtplib.send(
            message,
            recipients=[to],
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            timeout=SMTP_TIMEOUT,
        )

    return deliver


def to_directory(directory: Path) -> Deliver:
    """Return a function that writes a message to a file."""

    async def deliver(message: EmailMessage, to: str) -> None:
        await asyncio.to_thread(write_message, directory, message.as_bytes())

    return deliver


def delivery(settings: Settings) -> Deliver:
    """Return the delivery of the settings: SMTP, or without a server files in the data directory."""
    return by_smtp(settings) if settings.smtp_host else to_directory(mail_directory(settings))


class Outbox:
    """Background delivery of messages. ``close`` waits for those that are being sent."""

    def __init__(self, deliver: Deliver, sender: str, failures: Path | None = None) -> None:
        self._deliver = deliver
        self._sender = sender
        self._failures = failures
        self._tasks: set[asyncio.Task[None]] = set()

    def send(self, mail: Mail) -> None:
        """Send a message in the background. A failure is logged and noted, and never raised."""
        task = asyncio.create_task(self._send(mail))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for messages that are being sent, for a limited time. The rest count as failed."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=CLOSE_TIMEOUT)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)

    async def _send(self, mail: Mail) -> None:
        try:
            await self._deliver(composed(mail, self._sender), mail.to)
        except asyncio.CancelledError:
            await self._fail(mail, "The server stopped.")
            raise
        except Exception as error:
            await self._fail(mail, " ".join(f"{type(error).__name__}: {error}".split()))

    async def _fail(self, mail: Mail, cause: str) -> None:
        """Log and note that a message was not sent."""
        log.warning("mail not sent", subject=mail.subject, cause=cause)
        if self._failures is None:
            return
        note = (self._failures, datetime.now(UTC), mail.to, mail.subject, cause)
        try:
            await asyncio.to_thread(note_failure, *note)
        except OSError as error:
            log.warning("failed mail not noted", cause=str(error))


def composed(mail: Mail, sender: str) -> EmailMessage:
    """Return the message with its headers. Raises ValueError for an address that is not a single mailbox."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, Address(addr_spec=mail.to), mail.subject
    message["Date"], message["Message-ID"] = format_datetime(datetime.now(UTC)), make_msgid(domain="workline")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


async def send_now(settings: Settings, mail: Mail) -> None:
    """Deliver a message, and wait for it. Raises an error of the file system or of SMTP if it cannot be sent."""
    await delivery(settings)(composed(mail, settings.mail_from), mail.to)


def make_outbox(settings: Settings) -> Outbox:
    """Return the outbox of a process."""
    return Outbox(delivery(settings), settings.mail_from, mail_directory(settings))


def warn_without_smtp(settings: Settings) -> None:
    """Log that a production server sends no mail, if it has no SMTP server."""
    if settings.env == "production" and settings.smtp_host is None:
        log.warning(
            "mail is not sent",
            cause="WORKLINE_SMTP_HOST is not set",
            consequence="password resets, invitations and verifications do not arrive",
        )
