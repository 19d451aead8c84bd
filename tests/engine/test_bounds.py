"""Bounds of caches and of compilation, in fields, entries and bytes, for any sequence of requests."""

import gc
from itertools import product
from typing import Any
from weakref import ref

import pytest
from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from sqlalchemy import literal, select

from graphql_app.context import Context
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.cost import CostLimits
from graphql_app.execution.documents import BYTES_OF_A_CHARACTER, COUNT_ALL, DocumentCache
from graphql_app.pacing import Pacer
from graphql_app.plan import cache
from graphql_app.plan.cache import MOST_PLANS, OperationPlans, Planner
from graphql_app.plan.completion import ObjectSelection
from graphql_app.plan.operation import OperationPlan
from graphql_app.plan.selection import Budget, Operation, Unplannable
from graphql_app.sql import joins
from graphql_app.sql.compiled import StatementCache, compile_statement
from graphql_app.sql.conditions import And
from graphql_app.sql.edges import edge_of
from graphql_app.sql.joins import BYTES_OF_AN_ALIAS, Aliases, Form, Output
from graphql_app.sql.orders import complete
from graphql_app.sql.select import List, Page, select_page
from graphql_app.types.schema import Api
from tests.engine.backend_activity import all_returned
from tests.engine.datasets import Libraries, library
from tests.engine.toy.models import Book
from tests.engine.toy_api import Toy, toy_on, wide
from tests.support.execution_modes import by_mode

pytestmark = pytest.mark.both_modes

SINGLE = library("single").organization


def documents(schema: GraphQLSchema, caches: CacheLimits) -> DocumentCache:
    return DocumentCache(schema, introspection=True, caches=caches)


def text(number: int) -> str:
    return f"{{ f{number:03}: greeting }}"


def test_the_number_of_cached_documents_is_bounded(built: Api) -> None:
    kept = documents(built.graphql_schema, CacheLimits(documents=3))
    for number in range(10):
        kept.get(text(number))
    assert list(kept._documents) == [text(7), text(8), text(9)]


def test_the_bytes_of_cached_documents_are_bounded(built: Api) -> None:
    three = 3 * len(text(0)) * BYTES_OF_A_CHARACTER
    kept = documents(built.graphql_schema, CacheLimits(document_bytes=three))
    for number in range(10):
        kept.get(text(number))
    assert list(kept._documents) == [text(7), text(8), text(9)]


def test_plans_count_toward_the_size_of_their_document(built: Api) -> None:
    kept = documents(built.graphql_schema, CacheLimits(document_bytes=10_000))
    first, second = kept.get(text(1)), kept.get(text(2))
    second.plans.keep("large", plan_of(built, 5_000))
    assert second.size > 5_000
    assert first.size < 5_000
    second.plans.keep("larger", plan_of(built, 10_000))
    assert not kept._documents, "the document of the plan is evicted as well"


def plan_of(api: Api, size: int) -> OperationPlan:
    schema = api.graphql_schema
    assert schema.query_type is not None
    return OperationPlan(ObjectSelection(schema.query_type), Operation(schema, {}, {}, Budget()), [], size)


def test_the_bytes_of_the_plans_of_a_document_are_bounded(built: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "LARGEST", 10_000)
    plans = OperationPlans(built.graphql_schema, {})
    for number in range(20):
        plans.keep(number, plan_of(built, 2_000))
        assert plans.size < 10_000
    plans.keep("too large", plan_of(built, 20_000))
    assert "too large" not in plans.kept


async def test_the_number_of_plans_per_directive_choices_is_bounded(toy: Toy) -> None:
    names = [f"v{number}" for number in range(8)]
    fields = " ".join(f"{name}: title @include(if: ${name})" for name in names)
    query = f"query ({', '.join(f'${name}: Boolean!' for name in names)}) {{ books {{ nodes {{ id {fields} }} }} }}"
    for values in product([True, False], repeat=len(names)):
        shown = await toy.fetch(query, SINGLE, **dict(zip(names, values, strict=True)))
        assert len(shown["books"]["nodes"][0]) == 1 + sum(values)
    document = toy.executor._documents.get(query)
    assert by_mode(planned=1, resolved=0) <= len(document.plans.kept) <= MOST_PLANS


async def test_aliases_share_statements_and_their_plans_are_bounded(api: Api, libraries: Libraries) -> None:
    query = f"{{ {' '.join(f'a{number}: books {{ nodes {{ b{number}: id }} }}' for number in range(210))} }}"
    async with toy_on(api, libraries.database.app, options=wide(costs=CostLimits(lists=300), timeout=100)) as toy:
        shown = await toy.fetch(query, SINGLE)
    assert {len(each["nodes"]) for each in shown.values()} == {1}
    assert len(toy.executor._documents.get(query).plans.kept) <= MOST_PLANS


async def test_exponential_fragments_are_abandoned_at_the_limit_of_fields(built: Api) -> None:
    schema = built.graphql_schema
    twice = [f"fragment F{n} on Book {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }}" for n in range(60)]
    query = f"{{ books {{ nodes {{ ...F0 }} }} }} {' '.join(twice)} fragment F60 on Book {{ id }}"
    node = documents(schema, CacheLimits()).get(query).node
    fragments = {each.name.value: each for each in node.definitions if isinstance(each, FragmentDefinitionNode)}
    (operation,) = (each for each in node.definitions if isinstance(each, OperationDefinitionNode))
    budget = Budget()
    before = budget.fields
    with pytest.raises(Unplannable, match="too large"):
        await Planner(Operation(schema, fragments, {}, budget)).plan(operation, Pacer())
    assert 0 < before - budget.fields < before + 10


def test_the_number_and_bytes_of_cached_statements_are_bounded() -> None:
    size = compile_statement(select(literal(1))).size
    for kept in (StatementCache(most=3), StatementCache(most_bytes=3 * size)):
        for number in range(10):
            kept.get(number, lambda: select(literal(1)))
        assert list(kept._kept) == [7, 8, 9]
        assert kept.size == 3 * size


def test_growth_of_cached_documents_is_counted_periodically(built: Api) -> None:
    kept = documents(built.graphql_schema, CacheLimits())
    document = kept.get("query ($yes: Boolean!) { books { totalCount @include(if: $yes) } }")
    for yes in (True, False):
        document.cost(document.operation(None), {"yes": yes}, CostLimits())
    for number in range(COUNT_ALL):
        kept.get(text(number))
    assert kept._documents.size == sum(each.size for each in kept._documents.values())


def test_statements_are_independent_of_the_eviction_of_aliases(monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, author = edge_of(Book.shelf), edge_of(Book.author)
    columns = [Output("title"), Output("id", Form.TEXT, (shelf,)), Output("name", path=(author,))]
    wanted, page = List(Book, And(()), complete(())), Page(5)
    expected = compile_statement(select_page(wanted, page, columns, places=True))
    for most in (1, 3 * BYTES_OF_AN_ALIAS):
        monkeypatch.setattr(joins, "MOST_BYTES", most)
        for outputs in (columns, columns[:1], columns[::-1], columns):
            made = compile_statement(select_page(wanted, page, outputs, places=True))
            assert made.sql.count("LEFT OUTER JOIN") == sum(bool(output.path) for output in outputs)
        assert made.sql == expected.sql
    assert not Aliases.of(Book).size


async def test_no_cache_holds_a_request(toy: Toy) -> None:
    held: list[ref[Context]] = []

    async def hold(context: Any) -> str:
        held.append(ref(context))
        return "held"

    toy.script.questions["hold"] = hold
    await toy.fetch(
        '{ ask(name: "hold") books { nodes { title isLong author { name } } } shelves { totalCount } }', SINGLE
    )
    await all_returned(toy.connections)
    gc.collect()
    assert [each() for each in held] == [None]
