"""Traces in responses, which the inspector of the playground shows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from graphql_app.execution.options import ExecutorOptions
from graphql_app.http.body import graphql_request
from graphql_app.viewer import Viewer
from tests.support.api import OWNER, Workline, domain_api, serving
from tests.support.databases import TestDatabase
from tests.support.organizations import ALPHA

NESTED = "{ tasks(first: 3) { nodes { title comments(first: 2) { nodes { body author { name } } } } } }"
CREATE = """mutation { createTask(input: {title: "Traced"}) { task { title } errors { message } } }"""
ON_REQUEST = {True: ExecutorOptions(trace_on_request=True), False: ExecutorOptions(trace_on_request=True, plan=False)}


@pytest.fixture
async def inspected(own_organizations: TestDatabase) -> AsyncIterator[Workline]:
    async with serving(domain_api(), own_organizations, ON_REQUEST[True]) as api:
        yield api


async def send(api: Workline, query: str, wanted: object, viewer: Viewer = OWNER, **variables: Any) -> Any:
    """Return the body of the response to a request with ``extensions.trace``."""
    body = {"query": query, "variables": variables, "extensions": {"trace": wanted}}
    return (await api.executor.execute(graphql_request(body), viewer=viewer)).body


async def traced(api: Workline, query: str, wanted: object = True, viewer: Viewer = OWNER) -> Any:
    """Return the trace of a response without errors."""
    body = await send(api, query, wanted, viewer)
    assert "errors" not in body
    return body["extensions"]["trace"]


@pytest.mark.parametrize("wanted", [False, None, "yes", 1.5, [True]])
async def test_a_response_has_no_trace_unless_the_request_asks_for_it(inspected: Workline, wanted: object) -> None:
    assert "extensions" not in await send(inspected, NESTED, wanted)


async def test_a_server_without_the_inspector_traces_nothing(organizations: TestDatabase) -> None:
    async with serving(domain_api(), organizations, ExecutorOptions()) as api:
        assert "extensions" not in await send(api, NESTED, "explain")


async def test_the_steps_lie_within_the_time_of_the_operation(inspected: Workline) -> None:
    trace = await traced(inspected, NESTED)
    names = [step["name"] for step in trace["steps"]]
    assert names == ["parse", "validate", "plan", "execute", "encode"]
    for part in [*trace["steps"], *trace["statements"]]:
        assert 0 <= part["start"] <= part["start"] + part["milliseconds"] <= trace["milliseconds"] + 0.01


async def test_a_cached_document_has_no_steps_before_its_execution(inspected: Workline) -> None:
    await traced(inspected, NESTED)
    assert [step["name"] for step in (await traced(inspected, NESTED))["steps"]] == ["execute", "encode"]


async def test_each_statement_names_the_step_of_the_plan_that_sent_it(inspected: Workline) -> None:
    trace = await traced(inspected, NESTED)
    (diagram,) = [plan["mermaid"] for plan in trace["plans"].values()]
    assert [each["plan"] for each in trace["statements"]] == ["Query.tasks"] * len(trace["statements"])
    for statement in trace["statements"]:
        assert f's{statement["step"]}["' in diagram
    assert len({each["step"] for each in trace["statements"]}) == len(trace["statements"]) > 1


@pytest.mark.parametrize("by_plans", [True, False])
async def test_owners_see_the_plans_of_postgresql(organizations: TestDatabase, *, by_plans: bool) -> None:
    async with serving(domain_api(), organizations, ON_REQUEST[by_plans]) as api:
        trace = await traced(api, NESTED, "explain")
        assert len(trace["statements"]) > 1
        for statement in trace["statements"]:
            assert "cost=" in statement["explained"][0]
            assert statement["rows"] > 0
        assert max(each["keys"] for each in trace["statements"]) > 1


@pytest.mark.parametrize("role", ["MEMBER", "MANAGER"])
async def test_others_see_the_statements_without_them(inspected: Workline, role: str) -> None:
    trace = await traced(inspected, NESTED, "explain", ALPHA.viewer(role))
    assert trace["statements"]
    assert not any("explained" in each for each in trace["statements"])


async def test_an_explained_write_is_executed_once(inspected: Workline) -> None:
    count = "{ tasks { totalCount } }"
    before = (await inspected.fetch(count))["tasks"]["totalCount"]
    trace = await traced(inspected, CREATE, "explain")
    inserts = [each for each in trace["statements"] if "INSERT INTO tasks" in each["sql"]]
    assert [any("Insert on tasks" in line for line in each["explained"]) for each in inserts] == [True]
    assert (await inspected.fetch(count))["tasks"]["totalCount"] == before + 1


async def test_a_failed_operation_has_a_trace(inspected: Workline) -> None:
    body = await send(
        inspected, '{ task(id: "00000000-0000-7000-8000-000000000000") { title } x: node(id: "?") { id } }', True
    )
    assert body["errors"]
    assert body["extensions"]["trace"]["steps"][-1]["name"] == "encode"


async def test_an_operation_without_a_plan_states_the_reason(inspected: Workline) -> None:
    trace = await traced(inspected, "{ __schema { queryType { name } } tasks { totalCount } }")
    assert trace["plans"] == {}
    assert trace["fellBack"]
