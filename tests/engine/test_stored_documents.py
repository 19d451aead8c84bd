"""Cache of stored documents: how often an id is looked up, for how long the result is kept, and within which bounds."""

import asyncio
from collections import Counter

import pytest

from graphql_app.errors import Unavailable
from graphql_app.execution import stored_documents
from graphql_app.execution.persisted import DocumentNotFound, PersistedDocuments, UntrustedDocument, hash_of
from graphql_app.execution.request import GraphQLRequest
from graphql_app.execution.stored_documents import (
    ABSENT,
    DEFAULT_LIMITS,
    KEPT,
    MOST_ABSENT,
    DocumentLimits,
    StoredDocuments,
)

GREETING = "{ greeting }"


class Table:
    """Table of documents that counts its lookups."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts
        self.lookups = Counter[str]()
        self.running = self.most_running = 0
        self.now = 0.0

    async def find(self, id: str) -> str | None:
        self.lookups[id] += 1
        self.running += 1
        self.most_running = max(self.running, self.most_running)
        await asyncio.sleep(0)
        self.running -= 1
        return self.texts.get(id)

    def cached(self, limits: DocumentLimits = DEFAULT_LIMITS) -> StoredDocuments:
        return StoredDocuments(self.find, limits, lambda: self.now)


async def test_a_document_is_looked_up_once() -> None:
    table = Table(a=GREETING)
    cached = table.cached()
    assert [await cached.find("a") for _ in range(3)] == [GREETING] * 3
    assert table.lookups == {"a": 1}


async def test_concurrent_requests_share_one_lookup_and_one_connection() -> None:
    table = Table(a=GREETING)
    cached = table.cached()
    found = await asyncio.gather(*[cached.find(id) for id in ["a", "b", "c"] * 5])
    assert found == [GREETING, None, None] * 5
    assert (table.lookups, table.most_running) == ({"a": 1, "b": 1, "c": 1}, 1)


async def test_an_unknown_id_is_looked_up_again_only_after_a_while() -> None:
    table = Table()
    cached = table.cached()
    assert [await cached.find("a") for _ in range(3)] == [None] * 3
    assert table.lookups == {"a": 1}
    table.texts["a"] = GREETING
    table.now = ABSENT + 1
    assert await cached.find("a") == GREETING
    table.now = KEPT
    assert await cached.find("a") == GREETING
    assert table.lookups == {"a": 2}


async def test_a_deleted_document_is_unknown_after_a_while() -> None:
    table = Table(a=GREETING)
    cached = table.cached()
    await cached.find("a")
    table.texts.clear()
    assert await cached.find("a") == GREETING
    table.now = KEPT + 1
    assert [await cached.find("a") for _ in range(2)] == [None, None]
    assert table.lookups == {"a": 2}


async def test_unknown_ids_are_bounded_and_evict_no_document() -> None:
    table = Table(a=GREETING)
    cached = table.cached()
    await cached.find("a")
    for number in range(MOST_ABSENT + 1):
        await cached.find(str(number))
    assert len(cached._absent) == MOST_ABSENT
    await cached.find("a")
    assert table.lookups["a"] == 1


async def test_the_number_and_the_bytes_of_documents_are_bounded() -> None:
    table = Table(**{f"t{number}": "x" * 600 for number in range(10)}, large="x" * 4_000)
    by_number, by_bytes = table.cached(DocumentLimits(documents=3)), table.cached(DocumentLimits(bytes=4_000))
    for number in range(10):
        await by_number.find(f"t{number}")
        await by_bytes.find(f"t{number}")
    assert (len(by_number._found), len(by_bytes._found)) == (3, 4)
    assert await by_bytes.find("large") == "x" * 4_000
    assert (len(by_bytes._found), by_bytes._found.size) == (4, 4_000)


async def test_clients_without_a_token_cannot_evict_the_stored_documents_of_others() -> None:
    table = Table(**{f"t{number}": GREETING for number in range(20)})
    persisted = PersistedDocuments(limits=DocumentLimits(documents=2), find=table.find)
    await persisted.text(GraphQLRequest("", document_id="t0"), is_anonymous=False)
    for number in range(20):
        await persisted.text(GraphQLRequest("", document_id=f"t{number}"), is_anonymous=True)
    table.lookups.clear()
    await persisted.text(GraphQLRequest("", document_id="t0"), is_anonymous=False)
    assert not table.lookups


async def test_a_lookup_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_documents, "PATIENCE", 0.01)

    async def never(_: str) -> str | None:
        await asyncio.Event().wait()
        return None

    cached = StoredDocuments(never)
    for _ in range(2):
        with pytest.raises(Unavailable):
            await cached.find("a")


async def test_a_failed_lookup_is_repeated() -> None:
    table = Table(a=GREETING)
    attempts = 0

    async def failing(id: str) -> str | None:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise ConnectionResetError
        return await table.find(id)

    cached = StoredDocuments(failing)
    with pytest.raises(ConnectionResetError):
        await cached.find("a")
    assert await cached.find("a") == GREETING


async def test_a_mode_without_persisted_documents_looks_nothing_up() -> None:
    table = Table(a=GREETING)
    persisted = PersistedDocuments("off", find=table.find)
    assert await persisted.text(GraphQLRequest(GREETING), is_anonymous=False) == GREETING
    assert not table.lookups


async def test_a_trusting_server_finds_stored_documents_by_id_hash_and_text() -> None:
    table = Table(a=GREETING, **{hash_of(GREETING): GREETING})
    persisted = PersistedDocuments("trusted", find=table.find)
    ids = ("a", hash_of(GREETING), f"sha256:{hash_of(GREETING)}")
    requests = [GraphQLRequest(GREETING), *[GraphQLRequest("", document_id=id) for id in ids]]
    assert [await persisted.text(each, is_anonymous=True) for each in requests] == [GREETING] * 4
    with pytest.raises(UntrustedDocument):
        await persisted.text(GraphQLRequest("{ other }"), is_anonymous=True)
    with pytest.raises(DocumentNotFound):
        await persisted.text(GraphQLRequest("", document_id="other"), is_anonymous=True)
