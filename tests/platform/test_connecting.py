"""Connections that a database refuses: each reason has its own message, remedy and exit status."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from graphql_app.cli import CONFIGURATION, UNAVAILABLE, status_of
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.admin_connections import connect
from graphql_app.postgres.embedded import EmbeddedPostgres
from graphql_app.postgres.errors import Unreachable
from tests.http.serving import until
from tests.support.databases import UNSAFE_AND_FAST, connected
from tests.support.directories import open_directory
from tests.support.pooler import error, started

CERTIFICATE = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=tx.example
-addext subjectAltName=DNS:tx.example -keyout key.pem -out certificate.pem
"""


async def refusal(address: str) -> Unreachable:
    """Return the explanation of a connection that cannot be opened."""
    with pytest.raises(Unreachable) as caught:
        await connect(parse_address(address))
    assert str(caught.value) == f"{caught.value.problem} {caught.value.remedy}"
    assert "hush" not in str(caught.value)
    return caught.value


async def verifies_password(address: str) -> bool:
    """Return True if the server verifies the password."""
    return "refuses the password" in (await refusal(address)).problem


@asynccontextmanager
async def answering(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """Run a server with this handler of connections; yields its address."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await answer(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"postgresql://app:hush@127.0.0.1:{server.sockets[0].getsockname()[1]}/workline"
    finally:
        server.close()


@pytest.mark.parametrize(
    ("sqlstate", "routine", "problem", "remedy", "status"),
    [
        ("28P01", "auth_failed", "refuses the password", "Correct the password", CONFIGURATION),
        ("28000", "ClientAuthentication", "by its pg_hba.conf", "Add a line", CONFIGURATION),
        ("28000", "InitializeSessionUserId", "refuses the role", "workline migrate", CONFIGURATION),
        ("3D000", "InitPostgres", "refuses", "Create the database", CONFIGURATION),
        ("53300", "InitProcess", "refuses", "Raise max_connections", UNAVAILABLE),
        ("57P03", "ProcessStartupPacket", "refuses connections now", "Try again", UNAVAILABLE),
    ],
)
async def test_refusals_are_distinguished_in_any_language(
    sqlstate: str, routine: str, problem: str, remedy: str, status: int
) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await started(reader, writer)
        writer.write(error(sqlstate, "nein", routine))

    async with answering(refuse) as address:
        found = await refusal(address)
    assert problem in found.problem
    assert remedy in found.remedy
    assert status_of(found) == status


async def test_a_wrong_password_at_pgbouncer_is_recognized() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await started(reader, writer)
        writer.write(error("08P01", "password authentication failed"))

    async with answering(refuse) as address:
        assert "refuses the password" in (await refusal(address)).problem


def self_signed(directory: Path) -> ssl.SSLContext:
    """Create a certificate for tx.example in the directory, and return the context of a server with it."""
    subprocess.run(CERTIFICATE.split(), cwd=directory, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "certificate.pem", directory / "key.pem")
    return context


@pytest.mark.parametrize(
    ("parameters", "problem", "remedy"),
    [
        ("sslmode=verify-full&sslrootcert=system", "is not trusted", "Set sslrootcert"),
        ("sslmode=verify-full&sslrootcert={certificate}", "is not trusted", "Use the host name of the certificate"),
    ],
)
async def test_an_untrusted_certificate_is_reported_with_the_reason(
    tmp_path: Path, parameters: str, problem: str, remedy: str
) -> None:
    context = self_signed(tmp_path)

    async def encrypt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"S")
        await writer.start_tls(context)

    async with answering(encrypt) as address:
        found = await refusal(f"{address}?{parameters.format(certificate=tmp_path / 'certificate.pem')}")
    assert problem in found.problem
    assert remedy in found.remedy
    assert status_of(found) == CONFIGURATION


async def test_a_server_without_tls_is_reported() -> None:
    async def decline(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(8)
        writer.write(b"N")

    async with answering(decline) as address:
        found = await refusal(f"{address}?sslmode=require")
    assert "offers no TLS" in found.problem
    assert "sslmode=disable" in found.remedy


async def test_a_closed_port_is_reported_as_unreachable() -> None:
    found = await refusal("postgresql://app:hush@127.0.0.1:1/workline")
    assert found.problem.startswith("No database answers at app@127.0.0.1:1/workline")
    assert status_of(found) == UNAVAILABLE


@pytest.mark.embedded
async def test_refusals_of_a_real_server_are_distinguished() -> None:
    with open_directory("refusing") as directory, EmbeddedPostgres(directory, UNSAFE_AND_FAST) as server:
        async with connected(parse_address(server.address())) as admin:
            await admin.execute("CREATE ROLE known LOGIN PASSWORD 'right'; CREATE ROLE barred LOGIN")
            rules = "local all known scram-sha-256\nlocal all barred reject\nlocal all postgres peer map=workline\n"
            (server.home.data / "pg_hba.conf").write_text(rules)
            await admin.execute("SELECT pg_reload_conf()")
        wrong = server.address("known").replace("known@", "known:hush@")
        await until(lambda: verifies_password(wrong))  # the rules take effect a little later
        for user in ("barred", "unlisted"):
            assert "by its pg_hba.conf" in (await refusal(server.address(user))).problem
