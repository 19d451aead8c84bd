"""Client-side validation by gql with the schema of the server."""

import httpx
import pytest
from gql import Client, gql
from gql.dsl import DSLQuery, DSLSchema, dsl_gql
from gql.transport.httpx import HTTPXTransport
from graphql import GraphQLError, GraphQLSchema

WITH_ONE_OF = {"input_object_one_of": True}
"""gql requests `@oneOf` only with this option."""


@pytest.fixture
def count_requests() -> list[httpx.Request]:
    """Count the requests to the server."""
    return []


@pytest.fixture
def client(url: str, bearer: dict[str, str], count_requests: list[httpx.Request]) -> Client:
    transport = HTTPXTransport(url=url, headers=bearer, event_hooks={"request": [count_requests.append]})
    return Client(transport=transport, fetch_schema_from_transport=True, introspection_args=WITH_ONE_OF)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ tasks { nodes { titel } } }", "Cannot query field 'titel'"),
        ("{ tasks(orderBy: [{title: {}, dueAt: {}}]) { totalCount } }", "exactly one field"),
        ("{ tasks(filter: {status: {eq: FORGOTTEN}}) { totalCount } }", "does not exist in 'TaskStatus'"),
        ("mutation { createTask(input: {}) { task { id } } }", "required field 'title'"),
    ],
)
def test_a_wrong_document_is_refused_before_it_is_sent(
    client: Client, count_requests: list[httpx.Request], document: str, reason: str
) -> None:
    with client as session, pytest.raises(GraphQLError, match=reason):
        session.execute(gql(document))
    assert len(count_requests) == 1
    assert b"__schema" in count_requests[0].content


def test_an_answer_is_parsed_by_the_schema(client: Client) -> None:
    with client as session:
        answer = session.execute(gql("{ tasks(first: 3) { nodes { status dueAt } } }"), parse_result=True)
    assert len(answer["tasks"]["nodes"]) == 3


def test_a_query_can_be_written_in_python(client: Client) -> None:
    with client as session:
        assert isinstance(client.schema, GraphQLSchema)
        ds = DSLSchema(client.schema)
        tasks = ds.Query.tasks(first=2, orderBy=[{"dueAt": {"direction": "DESC"}}])
        query = dsl_gql(DSLQuery(tasks.select(ds.TaskConnection.nodes.select(ds.Task.id, ds.Task.dueAt))))
        assert len(session.execute(query)["tasks"]["nodes"]) == 2
