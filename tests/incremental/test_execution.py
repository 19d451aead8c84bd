"""Execution of parts: connections, errors, costs and conditions."""

import asyncio
from contextlib import aclosing

import pytest

from graphql_app.execution.cost import CostLimits
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.types.schema import Api
from tests.engine.backend_activity import all_returned, locked, running, until
from tests.incremental.merging import FORMS, merged, messages
from tests.support.api import OWNER, Workline, serving
from tests.support.databases import TestDatabase, connected
from tests.support.execution_modes import by_plans

THREE = """{ tasks(first: 3) { nodes { id ... @defer(label: "a") { comments { totalCount } }
  ... @defer(label: "b") { title } } } }"""
FAILING = "{ tasks(first: 2) { nodes { id ... @defer { title comments(first: 1000) { totalCount } } } } }"


async def begun(workline: Workline, query: str) -> GraphQLResponse:
    """Return the response whose parts are not read."""
    request = GraphQLRequest(query, incremental="v0.2")
    response = await workline.executor.execute(request, viewer=OWNER)
    assert response.parts is not None
    return response


async def test_a_reader_that_stops_reading_holds_no_connection(workline: Workline) -> None:
    response = await begun(workline, THREE)
    assert response.parts is not None
    async with connected(workline.database.admin) as admin, aclosing(response.parts) as parts:
        first = await anext(parts)
        assert first.body["hasNext"]
        await all_returned(workline.connections)

        async def is_free() -> bool:
            return not await running(admin)

        await until(is_free)
        assert [part.body["hasNext"] async for part in parts] == [True, False]


async def test_parts_that_are_never_read_hold_no_connection(workline: Workline) -> None:
    await begun(workline, THREE)
    await all_returned(workline.connections)


async def test_a_client_that_leaves_cancels_the_part_that_is_computed(own_workline: Workline) -> None:
    async with locked(own_workline.database, "comments"):
        response = await begun(own_workline, THREE)
        assert response.parts is not None
        assert (await anext(response.parts)).body["hasNext"]
        async with connected(own_workline.database.admin) as admin:
            assert await until(lambda: running(admin))
            await response.parts.aclose()

            async def is_free() -> bool:
                return not await running(admin)

            await until(is_free)
    await all_returned(own_workline.connections)


async def test_clients_that_leave_after_the_first_part_return_their_connections(own_workline: Workline) -> None:
    for _ in range(2 * own_workline.connections.status()["size"]):
        response = await begun(own_workline, THREE)
        assert response.parts is not None
        await anext(response.parts)
        await response.parts.aclose()
    await all_returned(own_workline.connections)


async def test_all_parts_read_one_snapshot(own_workline: Workline) -> None:
    async with locked(own_workline.database, "comments"):
        response = await begun(own_workline, THREE)
        assert response.parts is not None
        async with connected(own_workline.database.admin) as admin:
            await until(lambda: running(admin))
            await admin.execute("UPDATE tasks SET title = 'changed'")
    found = [part.body async for part in response.parts]
    titles = [each["data"]["title"] for body in found[1:] for each in body["incremental"] if "title" in each["data"]]
    assert len(titles) == 3
    assert "changed" not in titles


@pytest.mark.parametrize("form", FORMS)
async def test_an_error_in_a_fragment_leaves_the_others(workline: Workline, form: str) -> None:
    first, last = await messages(workline, FAILING, form)  # type: ignore[arg-type]  # one of the forms
    assert "errors" not in first
    assert first["data"]["tasks"]["nodes"][0].keys() == {"id"}
    failed = last["completed"] if form == "v0.2" else last["incremental"]
    assert len(failed) == 2
    for index, each in enumerate(failed):
        assert each.get("data") is None
        (error,) = each["errors"]
        assert error["path"] == ["tasks", "nodes", index, "comments"]
        assert error["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_nullable_field_that_fails_is_null_in_its_part(workline: Workline) -> None:
    query = '{ workers { nodes { id } } ... @defer { name: node(id: "x") { id } viewer { user { id } } } }'
    first, last = await messages(workline, query)
    assert "errors" not in first
    (part,) = last["incremental"]
    assert part["data"]["name"] is None
    assert part["data"]["viewer"]["user"]
    assert [error["path"] for error in part["errors"]] == [["name"]]


async def test_a_document_that_costs_too_much_in_parts_has_one_part(
    mode: None, workline_api: Api, organizations: TestDatabase
) -> None:
    query = "{ tasks(first: 10) { nodes { id ... @defer { title } } } }"
    for cost, parts in ((50, 1), (500, 2)):
        options = ExecutorOptions(plan=by_plans(), costs=CostLimits(cost=cost))
        async with serving(workline_api, organizations, options) as limited:
            found = await messages(limited, query)
            assert len(found) == parts
            assert len(merged(found)["data"]["tasks"]["nodes"]) > 0


async def test_a_negative_number_of_items_is_refused(workline: Workline) -> None:
    query = "query ($count: Int) { tasks { nodes @stream(initialCount: $count) { id } } }"
    (body,) = await messages(workline, query, count=-1)
    assert body["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert len(await messages(workline, query, count=1)) == 2


async def test_mutations_have_one_part(own_workline: Workline) -> None:
    query = 'mutation { createTask(input: {title: "New"}) { task { id ... @defer { title } } } }'
    (body,) = await messages(own_workline, query)
    assert body["data"]["createTask"]["task"]["title"] == "New"


@pytest.mark.parametrize(
    "query",
    [
        "mutation { ... @defer { logOut { errors { code } } } }",
        '{ tasks { nodes { ... @defer(label: "a") { id } ... @defer(label: "a") { title } } } }',
        "query ($label: String) { tasks { nodes { ... @defer(label: $label) { id } } } }",
        "{ tasks @stream { totalCount } }",
    ],
)
async def test_invalid_directives_are_refused(workline: Workline, query: str) -> None:
    (body,) = await messages(workline, query)
    assert body["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_an_operation_without_the_directives_is_not_divided(workline: Workline) -> None:
    document, _ = await workline.executor._documents.read("{ tasks { nodes { id ... on Task { title } } } }")
    assert document.deferral is None


async def test_concurrent_responses_keep_their_parts_apart(workline: Workline) -> None:
    found = await asyncio.gather(*(messages(workline, THREE) for _ in range(5)))
    assert all(merged(each) == merged(found[0]) for each in found)
