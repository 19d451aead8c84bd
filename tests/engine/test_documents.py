"""Documents: parsed and validated once, rejected if invalid, in time bounded by their size."""

import asyncio
from dataclasses import replace

import pytest
from graphql import GraphQLSchema

from graphql_app.execution import documents
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.documents import DocumentCache
from graphql_app.execution.request import GraphQLRequest
from graphql_app.execution.request_bounds import UNBOUNDED
from graphql_app.execution.validation import PARSE_FAILED, VALIDATION_FAILED, InvalidDocument, Validator, ValidDocument
from graphql_app.types.schema import Api
from tests.engine.datasets import library
from tests.engine.toy_api import Toy, viewer_of

LARGE = library("large").organization
SEVERAL = "query A { a: greeting } query B { b: greeting } mutation C { run(name: \"x\") { book { id } } }"  # fmt: skip


@pytest.fixture
def schema(built: Api) -> GraphQLSchema:
    return built.graphql_schema


@pytest.fixture
def kept(schema: GraphQLSchema) -> DocumentCache:
    return DocumentCache(schema, introspection=True, bounds=replace(UNBOUNDED, tokens=1000))


def test_a_document_is_cached(kept: DocumentCache) -> None:
    text = "{ greeting }"
    assert kept.get(text) is kept.get(text)
    assert kept.get(f"{text} ") is not kept.get(text)


def test_the_least_recently_used_document_is_evicted(schema: GraphQLSchema) -> None:
    kept = DocumentCache(schema, introspection=True, caches=CacheLimits(documents=3))
    first, second, *_ = (kept.get(f"{{ f{number}: greeting }}") for number in range(3))
    assert kept.get("{ f0: greeting }") is first
    kept.get("{ f3: greeting }")
    assert len(kept._documents) == 3
    assert kept.get("{ f0: greeting }") is first
    assert kept.get("{ f1: greeting }") is not second


def test_a_very_long_document_is_not_cached(schema: GraphQLSchema) -> None:
    kept = DocumentCache(schema, introspection=True)
    text = f"{{ {' '.join(f'field{number}: greeting' for number in range(1_100))} }}"
    assert len(text) > documents.LONGEST_CACHED
    assert kept.get(text) is not kept.get(text)


@pytest.mark.parametrize(
    "text", ["", " ", "\n\t", "{", "{ }", "greeting", "{ greeting(", '{ book(id: "', "query Q { }", "\0", "{ é }"]
)
def test_a_text_that_is_not_graphql_is_rejected(kept: DocumentCache, text: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        kept.get(text)
    assert refused.value.code == PARSE_FAILED
    assert kept._documents == {}


@pytest.mark.parametrize(
    "text",
    [
        "{ nonsense }",
        "{ greeting { a } }",
        "{ books }",
        "{ book { id } }",
        "query ($id: ID!) { greeting }",
        "fragment F on Book { id } { greeting }",
        "{ ...F } fragment F on Query { ...F }",
        "subscription { greeting }",
        "type T { a: Int }",
        "{ a: greeting a: __typename }",
        "{ books(orderBy: [{title: {}, pages: {}}]) { totalCount } }",
        "{ books(orderBy: [{}]) { totalCount } }",
    ],
)
def test_a_document_that_does_not_fit_the_schema_is_rejected(kept: DocumentCache, text: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        kept.get(text)
    assert refused.value.code == VALIDATION_FAILED


def test_a_document_with_too_many_tokens_is_rejected(kept: DocumentCache) -> None:
    fields = [f"f{number}: greeting" for number in range(340)]
    kept.get(f"{{ {' '.join(fields[:320])} }}")
    with pytest.raises(InvalidDocument, match=PARSE_FAILED):
        kept.get(f"{{ {' '.join(fields)} }}")


@pytest.mark.parametrize("nested", ["{ parent ", "{ ... ", "(filter: {not: "])
def test_a_deeply_nested_document_is_rejected(schema: GraphQLSchema, nested: str) -> None:
    with pytest.raises(InvalidDocument):
        DocumentCache(schema, introspection=True).get("{ books { nodes " + nested * 10_000)


async def test_the_deepest_accepted_document_is_answered(toy: Toy) -> None:
    answered = 0
    for depth in range(50, 400, 10):
        response = await toy.respond(f"{{ books {{ nodes {'{ parent ' * depth}{{ id {'}' * depth} }} }} }}", LARGE)
        assert response.codes in ([], [PARSE_FAILED], [VALIDATION_FAILED])
        answered += not response.codes
    assert 0 < answered < 35


async def test_exponential_fragments_are_answered_or_rejected_by_their_cost(toy: Toy) -> None:
    """Each fragment spreads the next one twice: expanded, they select 2 to the power of 60 fields."""
    for depth, codes in ((10, []), (60, ["COST_LIMIT_EXCEEDED"])):
        twice = [
            f"fragment F{n} on Book {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }}" for n in range(depth)
        ]
        query = f"{{ books {{ nodes {{ ...F0 }} }} }} {' '.join(twice)} fragment F{depth} on Book {{ id }}"
        response = await toy.respond(query, library("single").organization)
        assert response.codes == codes
        assert codes or response.body["data"] == {"books": {"nodes": [{"a": None, "b": None}]}}


async def test_a_long_text_is_read_once_with_and_without_a_thread(kept: DocumentCache) -> None:
    for text in ("{ greeting }", f"{{ {' ' * documents.SHORT} greeting }}"):
        document, _ = await kept.read(text)
        assert (await kept.read(text))[0] is document
        assert kept.get(text) is document
    with pytest.raises(InvalidDocument):
        await kept.read(f"{{ {' ' * documents.SHORT} nonsense }}")


async def test_concurrent_requests_with_the_same_long_text_share_its_reading(
    kept: DocumentCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read = Validator.read

    def counted(validator: Validator, text: str) -> ValidDocument:
        reads.append(text)
        return read(validator, text)

    monkeypatch.setattr(Validator, "read", counted)
    text = f"{{ {' ' * documents.SHORT} greeting }}"
    found = await asyncio.gather(*(kept.read(text) for _ in range(10)))
    assert len({id(document) for document, _ in found}) == 1
    assert reads == [text]


async def test_the_cancellation_of_a_request_does_not_cancel_a_shared_reading(kept: DocumentCache) -> None:
    text = f"{{ {' ' * documents.SHORT} greeting }}"
    first, second = (asyncio.create_task(kept.read(text)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    document, _ = await second
    assert document is kept.get(text)
    assert first.cancelled()


@pytest.mark.parametrize(
    ("name", "code"),
    [("A", None), ("B", None), (None, "OPERATION_RESOLUTION_FAILURE"), ("D", "OPERATION_RESOLUTION_FAILURE")],
)
async def test_the_named_operation_is_executed(toy: Toy, name: str | None, code: str | None) -> None:
    response = await toy.executor.execute(GraphQLRequest(SEVERAL, operation_name=name), viewer=viewer_of(LARGE))
    assert response.codes == ([code] if code else [])
    assert code or response.body["data"] == {str(name).lower(): "Welcome."}


@pytest.mark.parametrize(("name", "code"), [("A", []), ("C", ["BAD_REQUEST"])])
async def test_a_read_only_request_executes_no_mutation(toy: Toy, name: str, code: list[str]) -> None:
    request = GraphQLRequest(SEVERAL, operation_name=name)
    response = await toy.executor.execute(request, viewer=viewer_of(LARGE), read_only=True)
    assert response.codes == code
