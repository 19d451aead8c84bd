"""Documents that schemathesis generates from the schema, with the data of the demo, sent to a separate server.

No response has a server error or an error without a code. At least the given shares of the documents are executed, and
have no error at all: random documents that the server rejects would show little.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

import graphql
import httpx
import pytest
import schemathesis
from graphql import GraphQLInputObjectType, ObjectFieldNode, TypeInfo, TypeInfoVisitor, Visitor
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.graphql import nodes

EXAMPLES = 1_000
LEAST_EXECUTED, LEAST_WITHOUT_ERRORS = 0.95, 0.7
"""Least shares of the documents that are executed, and whose responses have no errors."""
BUILT_IN = {"Boolean", "Float", "ID", "Int", "String"}
IDS = """{ tasks(first: 5) { nodes { id } } workers(first: 5) { nodes { id } } posts(first: 5) { nodes { id } }
  comments(first: 5) { nodes { id } } orders(first: 5) { nodes { id } } accounts(first: 5) { nodes { id } } }"""
PATH = "/graphql"
CURSORS = {"after", "before"}


@dataclass
class Report:
    """Responses to the documents: their number, their error codes, and the unexpected ones."""

    sent: int = 0
    executed: int = 0
    without_errors: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    failures: list[tuple[str, int, object]] = field(default_factory=list)

    def add(self, document: str, response: httpx.Response) -> None:
        body = response.json()
        errors = body.get("errors", [])
        codes = [error.get("extensions", {}).get("code") for error in errors]
        self.sent += 1
        self.executed += "data" in body
        self.without_errors += not errors
        self.codes.update(map(str, codes))
        if response.status_code >= 500 or None in codes or "INTERNAL_SERVER_ERROR" in codes:
            self.failures.append((document, response.status_code, body.get("errors")))


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    headers = {"authorization": f"Bearer {os.environ['WORKLINE_TOKEN']}", "accept": "application/json"}
    with httpx.Client(base_url=url.removesuffix(PATH), headers=headers, timeout=60) as opened:
        yield opened


def post(client: httpx.Client, query: str) -> httpx.Response:
    return client.post(PATH, json={"query": query})


@pytest.fixture(scope="module")
def introspection(client: httpx.Client) -> dict[str, Any]:
    """Return the introspection of the schema, with `@oneOf`, which schemathesis does not request."""
    response = post(client, graphql.get_introspection_query(one_of=True))
    found: dict[str, Any] = response.json()["data"]
    return found


class ValidInputs(Visitor):
    """Change of a document: one key in `@oneOf` inputs, no last page beside a first one, few random cursors."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self._info = info

    def enter_list_value(self, node: graphql.ListValueNode, *_: object) -> graphql.ListValueNode | None:
        if not self._is_one_of():
            return None
        return graphql.ListValueNode(values=tuple(filter(_has_values, node.values)))

    def enter_object_value(self, node: graphql.ObjectValueNode, *_: object) -> graphql.ObjectValueNode | None:
        if not self._is_one_of():
            return None
        return graphql.ObjectValueNode(fields=tuple(filter(_has_value, node.fields))[:1])

    def _is_one_of(self) -> bool:
        kind = graphql.get_named_type(self._info.get_input_type())
        return isinstance(kind, GraphQLInputObjectType) and kind.is_one_of

    def enter_field(self, node: graphql.FieldNode, *_: object) -> graphql.FieldNode | None:
        arguments = node.arguments or ()
        given = {each.name.value: each for each in arguments if not isinstance(each.value, graphql.NullValueNode)}
        left = [each for name, each in given.items() if not (name == "last" and "first" in given)]
        left = [each for each in left if each.name.value not in CURSORS or len(graphql.print_ast(each)) % 8 == 0]
        return graphql.FieldNode(
            alias=node.alias,
            name=node.name,
            arguments=tuple(left),
            directives=node.directives or (),
            selection_set=node.selection_set,
        )


def _has_value(node: ObjectFieldNode) -> bool:
    """Return True if the field has a value, or an object with one."""
    return _has_values(node.value) and not isinstance(node.value, graphql.NullValueNode)


def _has_values(node: graphql.ValueNode) -> bool:
    return not isinstance(node, graphql.ObjectValueNode) or any(map(_has_value, node.fields))


@pytest.fixture(scope="module")
def scalars(client: httpx.Client) -> dict[str, st.SearchStrategy[Any]]:
    """Return the values of the scalars: mostly valid IDs and page sizes, and all others."""
    known = [node["id"] for found in post(client, IDS).json()["data"].values() for node in found["nodes"]]
    assert len(known) == 30
    moments = st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.isoformat())
    amounts = st.decimals(-(10**6), 10**6, places=2, allow_nan=False)
    sizes = st.integers(0, 3)
    return {
        "ID": st.one_of(*[st.sampled_from(known)] * 12, st.uuids().map(str), st.text(max_size=5)).map(nodes.String),
        "Int": st.one_of(*[sizes] * 12, st.integers(-(2**31), 2**31 - 1)).map(nodes.Int),
        "DateTime": moments.map(nodes.String),
        "Decimal": amounts.map(str).map(nodes.String),
        "JSON": st.booleans().map(nodes.Boolean),  # in no argument
    }


def test_generated_documents_have_no_server_errors(
    client: httpx.Client, introspection: dict[str, Any], scalars: dict[str, st.SearchStrategy[Any]]
) -> None:
    for name, values in scalars.items():
        schemathesis.graphql.scalar(name, values)
    schema = schemathesis.graphql.from_dict({"data": introspection})
    built = schema.client_schema
    declared = {name for name, kind in built.type_map.items() if graphql.is_scalar_type(kind)}
    assert declared == BUILT_IN | scalars.keys(), "a scalar is unknown"

    def map_body(context: Any, body: graphql.DocumentNode) -> graphql.DocumentNode:
        info = TypeInfo(built)
        changed: graphql.DocumentNode = graphql.visit(body, TypeInfoVisitor(info, ValidInputs(info)))
        return changed

    schema.hook(map_body)
    report = Report()

    @given(schema.exclude(name="Mutation.logOut").as_strategy())  # which would end the session
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def send(case: schemathesis.Case) -> None:
        document = str(case.body)
        report.add(document, post(client, document))

    send()
    shares = report.executed / report.sent, report.without_errors / report.sent
    summary = f"{shares[0]:.1%} executed, {shares[1]:.1%} without errors; {dict(report.codes)}"
    sys.stdout.write(f"{report.sent} documents: {summary}\n")
    assert report.failures == []
    assert report.sent >= EXAMPLES
    assert "UNAUTHENTICATED" not in report.codes
    assert shares[0] >= LEAST_EXECUTED
    assert shares[1] >= LEAST_WITHOUT_ERRORS
