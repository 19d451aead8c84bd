"""``workline documents push``, ``list`` and ``delete``: trusted documents in the database, for all servers."""

import asyncio
from pathlib import Path

import asyncpg
import orjson
import pytest

from graphql_app.database import trusted_documents
from graphql_app.execution import stored_documents
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.persisted import hash_of
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from tests.support.api import Workline, domain_api, serving
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase, connected

TASKS = "query Tasks { tasks { totalCount } }"
POSTS = "query Posts { posts { totalCount } }"
HASH = hash_of(POSTS)


def manifest(folder: Path, documents: dict[str, str]) -> str:
    file = folder / "manifest.json"
    file.write_bytes(orjson.dumps(documents))
    return str(file)


@pytest.fixture
def stored(run: Run, database: TestDatabase, tmp_path: Path) -> TestDatabase:
    """Store a document by a custom id, and one by its hash."""
    left = run("documents", "push", manifest(tmp_path, {"t1": TASKS, f"sha256:{HASH}": POSTS}), **addresses(database))
    assert (left.status, left.out) == (0, "2 documents stored, 0 were stored before.\n"), left.err
    return database


def test_documents_are_stored_once_and_listed(run: Run, stored: TestDatabase, tmp_path: Path) -> None:
    left = run("documents", "push", manifest(tmp_path, {"t1": TASKS, "t2": TASKS}))
    assert left.out == "1 documents stored, 1 were stored before.\n"
    *lines, total = run("documents", "list").out.splitlines()
    assert sorted((line.split()[0], line.split("  ", 3)[-1].strip()) for line in lines) == [
        (HASH, f"{len(POSTS)}  {POSTS}"),
        ("t1", f"{len(TASKS)}  {TASKS}"),
        ("t2", f"{len(TASKS)}  {TASKS}"),
    ]
    assert total == f"3 documents, {len(TASKS) * 2 + len(POSTS)} bytes."


def test_an_id_that_stands_for_another_text_stores_nothing(run: Run, stored: TestDatabase, tmp_path: Path) -> None:
    left = run("documents", "push", manifest(tmp_path, {"t0": TASKS, "t1": POSTS}))
    assert left.status == 1
    assert "Nothing was stored. The id t1 is stored with another text." in left.err
    assert "2 documents" in run("documents", "list").out


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        ({"x" * 256: TASKS}, "longer than 255 characters"),
        ({"a": "#" * 1_000_001}, "longer than 1,000,000 characters"),
        ({"a": "{ a } # \0"}, "cannot be stored"),
        ({"a\0": TASKS}, "cannot be stored"),
    ],
)
def test_a_document_that_does_not_fit_is_refused(
    run: Run, stored: TestDatabase, tmp_path: Path, documents: dict[str, str], reason: str
) -> None:
    left = run("documents", "push", manifest(tmp_path, {"t0": TASKS, **documents}))
    assert (left.status, reason in left.err) == (1, True), left.err
    assert "2 documents" in run("documents", "list").out


@pytest.mark.parametrize(("limit", "most"), [("MOST_DOCUMENTS", 2), ("MOST_BYTES", len(TASKS + POSTS))])
def test_the_table_is_bounded(
    run: Run, stored: TestDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int
) -> None:
    monkeypatch.setattr(trusted_documents, limit, most)
    left = run("documents", "push", manifest(tmp_path, {"t1": TASKS, "t2": "{ viewer { user { id } } }"}))
    assert left.status == 1
    assert "3 documents of" in left.err
    assert "2 documents" in run("documents", "list").out


def test_documents_are_deleted_by_id_and_by_age(run: Run, stored: TestDatabase) -> None:
    assert run("documents", "delete").status == 2
    left = run("documents", "delete", f"sha256:{HASH}", "other")
    assert (left.status, left.out) == (1, "1 documents deleted.\n")
    assert "No document has the id other." in left.err
    assert run("documents", "delete", "--older-than", "1").out == "0 documents deleted.\n"

    async def age() -> None:
        async with stored.as_system() as connection:
            await connection.execute("UPDATE trusted_documents SET pushed_at = now() - interval '2 days'")

    asyncio.run(age())
    assert run("documents", "delete", "--older-than", "1").out == "1 documents deleted.\n"
    assert run("documents", "list").out == "0 documents, 0 bytes.\n"


def test_an_earlier_document_in_a_new_manifest_counts_as_pushed_now(
    run: Run, stored: TestDatabase, tmp_path: Path
) -> None:
    async def age() -> None:
        async with stored.as_system() as connection:
            await connection.execute("UPDATE trusted_documents SET pushed_at = now() - interval '2 days'")

    asyncio.run(age())
    run("documents", "push", manifest(tmp_path, {"t1": TASKS}))
    assert run("documents", "delete", "--older-than", "1").out == "1 documents deleted.\n"
    assert "t1" in run("documents", "list").out


def test_pushing_requires_the_owners_address(run: Run, database: TestDatabase, tmp_path: Path) -> None:
    left = run("documents", "push", manifest(tmp_path, {"t1": TASKS}), DATABASE_URL=database.app_url)
    assert (left.status, "DATABASE_OWNER_URL" in left.err) == (78, True)


TRUSTED = ExecutorOptions(persisted="trusted", stored=True)


FOUND = ["UNAUTHENTICATED"]
"""Codes of the response to a stored document: it was found, and only the rights of the client are missing."""


async def send(server: Workline, request: GraphQLRequest) -> GraphQLResponse:
    return await server.executor.execute(request, viewer=None)


@pytest.mark.parametrize(
    "request_",
    [
        GraphQLRequest(POSTS),
        GraphQLRequest("", document_id=f"sha256:{HASH}"),
        GraphQLRequest("", document_id=HASH, is_automatic=True),
        GraphQLRequest("", document_id=hash_of(TASKS), is_automatic=True),
        GraphQLRequest("", document_id="t1"),
    ],
    ids=["text", "sha256", "Apollo's hash", "hash of a document with another id", "id"],
)
async def test_all_servers_find_a_stored_document_by_one_statement(
    stored: TestDatabase, request_: GraphQLRequest
) -> None:
    async with serving(domain_api(), stored, TRUSTED) as one, serving(domain_api(), stored, TRUSTED) as another:
        for server in (one, another):
            with server.statements() as sent:
                response = await send(server, request_)
            assert (response.codes, sent) == (FOUND, [trusted_documents.FIND])
            with server.statements() as sent:
                await send(server, request_)
            assert sent == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (GraphQLRequest("{ __typename }"), "QUERY_NOT_IN_SAFELIST"),
        (GraphQLRequest("", document_id="t2"), "PERSISTED_DOCUMENT_NOT_FOUND"),
        (GraphQLRequest("", document_id=hash_of("{ __typename }"), is_automatic=True), "PERSISTED_QUERY_NOT_FOUND"),
    ],
)
async def test_an_unknown_document_costs_one_statement_for_a_while(
    stored: TestDatabase, request_: GraphQLRequest, code: str
) -> None:
    async with serving(domain_api(), stored, TRUSTED) as server:
        with server.statements() as sent:
            assert [(await send(server, request_)).codes for _ in range(3)] == [[code]] * 3
        assert sent == [trusted_documents.FIND]


@pytest.mark.parametrize("id", ["x" * 256, "a\0", "\ud800", ""])
async def test_an_id_that_cannot_be_stored_costs_no_statement(stored: TestDatabase, id: str) -> None:
    async with serving(domain_api(), stored, TRUSTED) as server:
        with server.statements() as sent:
            response = await send(server, GraphQLRequest("", document_id=id))
        assert (response.codes, sent) == (["PERSISTED_DOCUMENT_NOT_FOUND"], [])


async def test_an_automatic_document_is_looked_up_once_before_it_is_registered(stored: TestDatabase) -> None:
    query = "{ __typename }"
    named = GraphQLRequest("", document_id=hash_of(query), is_automatic=True)
    async with serving(domain_api(), stored, ExecutorOptions(stored=True)) as server:
        with server.statements() as sent:
            assert (await send(server, named)).codes == ["PERSISTED_QUERY_NOT_FOUND"]
            await send(server, GraphQLRequest(query, document_id=hash_of(query), is_automatic=True))
            assert (await send(server, named)).body == {"data": {"__typename": "Query"}}
        assert sent.count(trusted_documents.FIND) == 1


async def test_a_lookup_that_waits_for_a_lock_is_unavailable(
    stored: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored_documents, "PATIENCE", 0.2)
    async with serving(domain_api(), stored, TRUSTED) as server:
        async with connected(stored.admin) as admin:
            await admin.execute("BEGIN; LOCK TABLE trusted_documents IN ACCESS EXCLUSIVE MODE")
            response = await send(server, GraphQLRequest("", document_id="t1"))
        assert response.codes == ["SERVICE_UNAVAILABLE"]
        assert (await send(server, GraphQLRequest("", document_id="t1"))).codes == FOUND


async def test_the_application_role_reads_no_row_and_writes_none(stored: TestDatabase) -> None:
    async with connected(stored.app) as connection:
        for statement in ("SELECT FROM trusted_documents", "DELETE FROM trusted_documents"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        assert await connection.fetchval(trusted_documents.FIND, "t1") == TASKS
