"""Persisted documents over HTTP, as Apollo Client, urql, Relay and graphql-codegen send their ids and hashes."""

from typing import Any

import httpx
import orjson
import pytest

from graphql_app.execution.persisted import TrustedDocuments, hash_of
from graphql_app.http.negotiation import GRAPHQL_RESPONSE
from tests.http.conftest import Serve
from tests.http.toy import Trace

MODERN = {"accept": GRAPHQL_RESPONSE}
PREFLIGHTED = {"apollo-require-preflight": "true"}
HELLO = "query Hello($name: String!) { hello(name: $name) }"
ADA = {"name": "Ada"}
GREETED = {"data": {"hello": "Hello, Ada!"}}
MANIFEST = TrustedDocuments([("0123abcd", HELLO), ("sha256:" + hash_of("{ hello }"), "{ hello }")])


def hashed(text: str, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}, **more}


def in_query_string(request: dict[str, Any]) -> dict[str, str]:
    return {key: value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in request.items()}


async def send(client: httpx.AsyncClient, method: str, request: dict[str, Any], **headers: str) -> httpx.Response:
    if method == "POST":
        return await client.post("/graphql", json=request, headers=headers)
    return await client.get("/graphql", params=in_query_string(request), headers=PREFLIGHTED | headers)


@pytest.mark.parametrize("headers", [{}, MODERN])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_hash_is_unknown_until_it_was_sent_with_its_text(
    client: httpx.AsyncClient, trace: Trace, method: str, headers: dict[str, str]
) -> None:
    unknown = await send(client, method, hashed(HELLO, variables=ADA), **headers)
    assert (unknown.status_code, unknown.headers["cache-control"]) == (200, "no-store")
    assert unknown.json() == {
        "errors": [{"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}]
    }
    registered = await send(client, "POST", hashed(HELLO, query=HELLO, variables=ADA), **headers)
    assert registered.json() == GREETED
    for each in ("POST", "GET"):
        assert (await send(client, each, hashed(HELLO, variables=ADA), **headers)).json() == GREETED


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_hash_of_another_text_is_refused(client: httpx.AsyncClient, trace: Trace, method: str) -> None:
    response = await send(client, method, hashed("{ huge }", query="{ hello }"), **MODERN)
    assert response.status_code == 400
    assert codes(response) == ["PERSISTED_QUERY_HASH_MISMATCH"]
    assert codes(await send(client, "POST", hashed("{ huge }"))) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_an_invalid_document_is_not_registered(client: httpx.AsyncClient) -> None:
    assert codes(await send(client, "POST", hashed("{ nothing }", query="{ nothing }"))) == [
        "GRAPHQL_VALIDATION_FAILED"
    ]
    assert codes(await send(client, "POST", hashed("{ nothing }"))) == ["PERSISTED_QUERY_NOT_FOUND"]


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize("name", ["documentId", "doc_id"])
@pytest.mark.parametrize("mode", ["automatic", "trusted"])
async def test_a_document_of_a_manifest_is_found_by_its_id_and_by_its_hash(
    serve: Serve, method: str, name: str, mode: str
) -> None:
    client = await serve(trusted=MANIFEST, persisted_documents=mode)
    for id in ("0123abcd", f"sha256:{hash_of(HELLO)}"):
        assert (await send(client, method, {name: id, "variables": ADA})).json() == GREETED
    assert (await send(client, method, hashed(HELLO, variables=ADA))).json() == GREETED
    apollo = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0123abcd"}}, "variables": ADA}
    assert (await send(client, method, apollo)).json() == GREETED


@pytest.mark.parametrize("id", ["other", "sha256:00", "x-own:1"])
async def test_an_unknown_id_is_an_error(serve: Serve, id: str) -> None:
    client = await serve(trusted=MANIFEST)
    response = await send(client, "POST", {"documentId": id}, **MODERN)
    assert (response.status_code, codes(response)) == (400, ["PERSISTED_DOCUMENT_NOT_FOUND"])
    assert (await send(client, "POST", {"documentId": id})).status_code == 200


async def test_a_trusting_server_executes_only_documents_of_its_manifests(serve: Serve, trace: Trace) -> None:
    client = await serve(trusted=MANIFEST, persisted_documents="trusted")
    assert (await send(client, "POST", {"query": HELLO, "variables": ADA})).json() == GREETED
    for request in ({"query": HELLO + " "}, hashed("{ huge }", query="{ huge }"), {"query": "{ __typename }"}):
        response = await send(client, "POST", request, **MODERN)
        assert (response.status_code, codes(response)) == (403, ["QUERY_NOT_IN_SAFELIST"])
    assert codes(await send(client, "POST", hashed("{ huge }"))) == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_a_server_without_persisted_documents_says_so(serve: Serve) -> None:
    client = await serve(trusted=MANIFEST, persisted_documents="off")
    for request in (hashed(HELLO), {"documentId": "0123abcd"}, {"doc_id": "0123abcd"}):
        response = await send(client, "POST", request)
        assert (response.status_code, codes(response)) == (200, ["PERSISTED_QUERY_NOT_SUPPORTED"])
    assert (await send(client, "POST", hashed(HELLO, query=HELLO, variables=ADA))).json() == GREETED


async def test_a_mutation_of_a_manifest_is_not_executed_by_get(serve: Serve, trace: Trace) -> None:
    client = await serve(trusted=TrustedDocuments([("1", "mutation { change }")]))
    assert (await send(client, "GET", {"documentId": "1"})).status_code == 405
    assert trace.changes == 0


def codes(response: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in response.json()["errors"]]
