"""Every value of every scalar as a Python value, through gql and a server with a schema that has all of them."""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from gql import Client, gql
from gql.transport.httpx import HTTPXTransport
from gql.utilities import update_schema_scalars
from graphql import GraphQLScalarType


def _text(value: bytes) -> str:
    return b64encode(value).decode()


def _scalar(name: str, serialize: Callable[[Any], str], parse: Callable[[str], Any]) -> GraphQLScalarType:
    return GraphQLScalarType(name, serialize=serialize, parse_value=parse)


SCALARS = [
    _scalar("Base64", _text, b64decode),
    _scalar("BigInt", str, int),
    _scalar("Date", date.isoformat, date.fromisoformat),
    _scalar("DateTime", datetime.isoformat, datetime.fromisoformat),
    _scalar("Decimal", str, Decimal),
    _scalar("LocalDateTime", datetime.isoformat, datetime.fromisoformat),
    _scalar("Time", time.isoformat, time.fromisoformat),
]
COLUMNS: dict[str, Callable[[str], Any]] = {
    "big": int,
    "amount": Decimal,
    "exact": Decimal,
    "shifted": Decimal,
    "day": date.fromisoformat,
    "hour": time.fromisoformat,
    "moment": datetime.fromisoformat,
    "local": datetime.fromisoformat,
    "data": b64decode,
}
"""Columns whose values are not the JSON values of the API."""


def python_values(row: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a row as Python values."""
    found = {name: COLUMNS[name](value) if name in COLUMNS else value for name, value in row.items()}
    if "days" in found:
        found["days"] = [date.fromisoformat(each) for each in found["days"]]
    return found


def test_gql_sends_and_receives_every_value_in_variables_results_and_filters() -> None:
    rows = [python_values(row) for row in json.loads(Path(os.environ["VALUES"]).read_text())]
    transport = HTTPXTransport(url=os.environ["WORKLINE_URL"])
    one_of = {"input_object_one_of": True}
    client = Client(transport=transport, fetch_schema_from_transport=True, introspection_args=one_of)
    names = " ".join(rows[0])
    add = gql(f"""mutation Add($rows: [AddSampleInput!]!) {{
      addSamples(inputs: $rows) {{ results {{ sample {{ id {names} }} errors {{ message }} }} }} }}""")
    find = gql(f"query Find($filter: SampleFilter) {{ samples(filter: $filter) {{ nodes {{ id {names} }} }} }}")
    with client as session:
        assert client.schema is not None
        update_schema_scalars(client.schema, SCALARS)

        def execute(document: Any, **variables: Any) -> Any:
            document.variable_values = variables
            return session.execute(document, serialize_variables=True, parse_result=True)

        results = execute(add, rows=rows)["addSamples"]["results"]
        assert [each["errors"] for each in results] == [[]] * len(rows)
        ids = [each["sample"].pop("id") for each in results]
        assert [each["sample"] for each in results] == [dict.fromkeys(rows[0]) | row for row in rows]
        for id, row in zip(ids, rows, strict=True):
            for name in COLUMNS.keys() & row.keys():
                filter = {"and": [{"id": {"in": ids}}, {name: {"eq": row[name]}}]}
                nodes = execute(find, filter=filter)["samples"]["nodes"]
                assert row.items() <= next(node for node in nodes if node["id"] == id).items()
