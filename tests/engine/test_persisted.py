"""Persisted documents: which are kept, for which clients, and within which bounds."""

from pathlib import Path

import orjson
import pytest

from graphql_app.execution.manifests import ManifestError, read_manifests
from graphql_app.execution.persisted import (
    AutomaticDocuments,
    DocumentNotFound,
    PersistedDocuments,
    PersistedQueryNotFound,
    TrustedDocuments,
    hash_of,
)
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.execution.stored_documents import DocumentLimits
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.datasets import Libraries, library
from tests.engine.toy_api import Toy, toy_on, viewer_of, wide

OWNER = viewer_of(library("large").organization)
GREETING = "{ greeting }"


def text(number: int) -> str:
    return f"{{ g{number}: greeting }}"


async def send(toy: Toy, query: str, viewer: Viewer | None, *, hash: str | None = None) -> GraphQLResponse:
    request = GraphQLRequest(query, document_id=hash, is_automatic=hash is not None)
    return await toy.executor.execute(request, viewer=viewer)


async def register(toy: Toy, query: str, viewer: Viewer | None) -> GraphQLResponse:
    return await send(toy, query, viewer, hash=hash_of(query))


async def is_known(toy: Toy, query: str, viewer: Viewer | None) -> bool:
    response = await send(toy, "", viewer, hash=hash_of(query))
    return response.codes != ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_document_is_registered_with_its_hash(toy: Toy) -> None:
    assert not await is_known(toy, GREETING, OWNER)
    await register(toy, GREETING, OWNER)
    response = await send(toy, "", OWNER, hash=hash_of(GREETING))
    assert response.body == {"data": {"greeting": "Welcome."}}


@pytest.mark.parametrize("query", ["{ nothing }", "{", "{ books(first: 1000, last: 1) { totalCount } a: nothing }"])
async def test_an_invalid_document_is_not_registered(toy: Toy, query: str) -> None:
    assert (await register(toy, query, OWNER)).codes[0].startswith("GRAPHQL_")
    assert not await is_known(toy, query, OWNER)


async def test_a_document_that_the_client_may_not_execute_is_not_registered(toy: Toy) -> None:
    query = "{ books { totalCount } b: tags { totalCount } }"
    assert (await register(toy, query, None)).codes == ["UNAUTHENTICATED"]
    assert not await is_known(toy, query, None)


async def test_clients_without_a_token_cannot_evict_the_documents_of_others(api: Api, libraries: Libraries) -> None:
    options = wide(persisted_limits=DocumentLimits(documents=3))
    async with toy_on(api, libraries.database.app, options=options) as toy:
        for number in range(3):
            await register(toy, text(number), OWNER)
        for number in range(10, 20):
            await register(toy, text(number), None)
        assert [await is_known(toy, text(number), OWNER) for number in range(3)] == [True] * 3
        assert [await is_known(toy, text(number), None) for number in range(10, 20)] == [False] * 7 + [True] * 3
        # either kind finds the documents of the other
        assert await is_known(toy, text(0), None)
        assert await is_known(toy, text(19), OWNER)


async def test_clients_without_a_token_cannot_evict_the_parsed_documents_of_others(toy: Toy) -> None:
    await toy.respond(GREETING, OWNER)
    parsed = toy.executor._documents.get(GREETING)
    for number in range(600):
        await toy.respond(text(number), None)
    assert toy.executor._documents.get(GREETING) is parsed
    assert len(toy.executor._anonymous_documents._documents) == 100


def test_the_least_recently_used_document_is_evicted() -> None:
    kept = AutomaticDocuments(DocumentLimits(documents=2))
    kept.add("1", "a")
    kept.add("2", "b")
    assert kept.use("1") == "a"
    kept.add("3", "c")
    assert [kept.find(id) for id in ("1", "2", "3")] == ["a", None, "c"]


def test_the_bytes_of_documents_are_bounded() -> None:
    kept = AutomaticDocuments(DocumentLimits(bytes=3_000))
    for number in range(10):
        kept.add(str(number), "x" * 800)
    assert len(kept) == 3
    kept.add("large", "x" * 3_000)
    assert kept.find("large") is None
    assert len(kept) == 3


async def test_an_unknown_hash_and_an_unknown_id_are_different_errors() -> None:
    persisted = PersistedDocuments()
    with pytest.raises(PersistedQueryNotFound):
        await persisted.text(GraphQLRequest("", document_id="1", is_automatic=True), is_anonymous=True)
    with pytest.raises(DocumentNotFound):
        await persisted.text(GraphQLRequest("", document_id="1"), is_anonymous=True)


async def test_a_trusting_server_registers_nothing() -> None:
    persisted = PersistedDocuments("trusted", TrustedDocuments([("1", GREETING)]))
    request = GraphQLRequest(GREETING, document_id=hash_of(GREETING), is_automatic=True)
    assert await persisted.text(request, is_anonymous=True) == GREETING
    persisted.register(request, is_anonymous=True)
    assert len(persisted.anonymous.automatic) == 0


HASH = "dc67510fb4289672bea757e862d6b00e83db5d3cbbcfb15260601b6f29bb2b8f"
APOLLO = {
    "format": "apollo-persisted-query-manifest",
    "version": 1,
    "operations": [{"id": HASH, "body": "query Tasks { a }", "name": "Tasks", "type": "query"}],
}
RELAY = {"3be4abb81fa595e25eb725b2c6a87508": "query Tasks { b }"}
CODEGEN = {"0b8bcd5dd3d9c7b1c5a3bd1e5e9e0c0a5e0f1d2c": "query Tasks { c }"}


def test_manifests_of_apollo_relay_and_codegen_are_read(tmp_path: Path) -> None:
    for name, manifest in (("apollo", APOLLO), ("relay", RELAY), ("codegen", CODEGEN)):
        (tmp_path / f"{name}.json").write_bytes(orjson.dumps(manifest))
    expected = {
        HASH: "query Tasks { a }",
        **RELAY,
        **CODEGEN,
    }
    for paths in ([tmp_path], sorted(tmp_path.iterdir()), [tmp_path, tmp_path / "relay.json"]):
        assert {entry.id: entry.text for entry in read_manifests(paths)} == expected


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "not a manifest"),
        (b'{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}', "version 1"),
        (
            b'{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "1"}]}',
            "an id and a text",
        ),
        (b'{"format": "apollo-persisted-query-manifest", "version": 1, "operations": ["{ a }"]}', "an id and a text"),
        (b'{"1": ""}', "an id and a text"),
        (b'{"": "{ a }"}', "an id and a text"),
        (b'{"1": {"text": "{ a }"}}', "an id and a text"),
    ],
)
def test_a_manifest_that_cannot_be_read_is_named_with_the_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    file = tmp_path / "manifest.json"
    file.write_bytes(content)
    with pytest.raises(ManifestError, match=reason) as error:
        read_manifests([file])
    assert str(file) in str(error.value)


def test_a_missing_manifest_and_an_empty_directory_are_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(ManifestError):
            read_manifests([path])


def test_an_id_of_two_documents_is_an_error(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_text(f'{{"id": "query Q{number} {{ a }}"}}')
    with pytest.raises(ManifestError, match="another document"):
        read_manifests([tmp_path])
