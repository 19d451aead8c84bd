"""Small connection pooler with the behavior of PgBouncer towards clients of PostgreSQL.

In transaction mode all clients share one server session; a client keeps it only for the duration of a transaction. In
session mode each client has one. Process ids are its own, and unusual parameters at the start are refused.
"""

import asyncio
import contextlib
import itertools
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from graphql_app.postgres.addresses import Address
from tests.support.databases import TestDatabase

SSL_REQUEST = 80_877_103
PROTOCOL = 196_608
KNOWN = {"user", "database", "client_encoding", "application_name"}
AUTHENTICATED = b"R" + struct.pack("!II", 8, 0)

ENDS = {b"S": b"Z", b"Q": b"Z", b"H": b"TnE"}
"""Messages after which a client waits (Sync, Query, Flush after Describe), and the end of the response to each."""


@dataclass
class Session:
    """Connection to PostgreSQL, and the parameters reported at its start."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    parameters: list[bytes] = field(default_factory=list)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass
class Pooler:
    """Pooler. ``ignores`` are parameters that it drops instead of refusing them."""

    behind: Address
    per_client: bool = False
    ignores: frozenset[str] = frozenset()
    _pids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1_000_000_000))
    _sessions: list[Session] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            refused = sorted(await started(reader, writer) - KNOWN - self.ignores)
            if refused:
                writer.write(error("08P01", f"unsupported startup parameter: {refused[0]}"))
            else:
                session = await self._session()
                writer.write(AUTHENTICATED + b"".join(session.parameters))
                writer.write(b"K" + struct.pack("!III", 12, next(self._pids), 7) + b"Z" + struct.pack("!Ic", 5, b"I"))
                await relay(reader, writer, session)
        writer.close()

    async def _session(self) -> Session:
        if self.per_client or not self._sessions:
            self._sessions.append(await opened(self.behind))
        return self._sessions[-1]

    async def close(self) -> None:
        """Close every server session."""
        for session in self._sessions:
            session.writer.close()
            await session.writer.wait_closed()


async def started(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> set[str]:
    """Read the start of a client; return the names of its parameters."""
    while True:
        (length,) = struct.unpack("!I", await reader.readexactly(4))
        content = await reader.readexactly(length - 4)
        if struct.unpack("!I", content[:4])[0] != SSL_REQUEST:
            return {name.decode() for name in content[4:].split(b"\0")[:-2:2]}
        writer.write(b"N")


async def opened(behind: Address) -> Session:
    """Open a server session over the socket of the tests' server, which trusts us."""
    (directory, port), *_ = behind.hosts
    session = Session(*await asyncio.open_unix_connection(f"{directory}/.s.PGSQL.{port}"))
    given = "\0".join(["user", behind.user or "", "database", behind.database or "", ""]).encode() + b"\0"
    session.writer.write(struct.pack("!II", 8 + len(given), PROTOCOL) + given)
    while True:
        kind, whole = await message(session.reader)
        assert kind != b"E", whole
        if kind == b"S":
            session.parameters.append(whole)
        if kind == b"Z":
            return session


async def message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Read a message; return its kind, and all of it."""
    head = await reader.readexactly(5)
    (length,) = struct.unpack("!I", head[1:])
    return head[:1], head + await reader.readexactly(length - 4)


async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, session: Session) -> None:
    """Pass on what a client sends, and what is answered; between its transactions the session serves others."""
    while True:
        kind, whole = await message(reader)
        async with session.lock:
            state = b"T"
            while state != b"I":
                if kind == b"X":
                    return
                session.writer.write(whole)
                if kind in ENDS:
                    state = await answered(writer, session, ENDS[kind])
                if state != b"I":
                    kind, whole = await message(reader)


async def answered(writer: asyncio.StreamWriter, session: Session, ends: bytes) -> bytes:
    """Pass on an answer; return the state of the transaction after it."""
    while True:
        kind, whole = await message(session.reader)
        writer.write(whole)
        if kind in ends:
            return whole[-1:] if kind == b"Z" else b"T"


def error(sqlstate: str, text: str, routine: str = "") -> bytes:
    """Return the message with which a server refuses a connection."""
    fields = {"S": "FATAL", "V": "FATAL", "C": sqlstate, "M": text, "R": routine}
    content = b"".join(f"{key}{value}\0".encode() for key, value in fields.items()) + b"\0"
    return b"E" + struct.pack("!I", 4 + len(content)) + content


@asynccontextmanager
async def pooled(
    database: TestDatabase, *, per_client: bool = False, ignores: frozenset[str] = frozenset()
) -> AsyncIterator[str]:
    """Run a pooler in front of ``database``; yields the address of the application through it."""
    pooler = Pooler(database.app, per_client, ignores)
    server = await asyncio.start_server(pooler.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"postgresql://{database.app.user}:unused@{host}:{port}/{database.name}"
    finally:
        server.close()
        await pooler.close()
