"""Clients that are based on graphql-core 3.2, with a schema that has every scalar."""

import importlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from gql import Client, gql
from gql.utilities import parse_result, update_schema_scalars
from graphql import GraphQLScalarType
from sgqlc.operation import Operation

HERE = Path(__file__).parent
GENERATED = HERE.parent / "generated" / "scalars"
SAMPLES = (HERE / "samples.graphql").read_text()
VALUES: dict[str, Any] = {
    "id": "01890a5d-ac96-774b-bcce-b302099a8057",
    "big": "9007199254740993",
    "moment": "2026-03-29T00:59:59.999999Z",
    "day": "2024-02-29",
    "hour": "07:48:30.000000",
    "local": "2026-03-29T00:59:59.999999",
    "lasting": "P1DT2H",
    "data": "AAEC/w==",
    "doc": {"a": {"b": [1, "x", None]}},
    "amount": "0.10",
    "ref": "01890a5d-ac96-774b-bcce-b302099a8057",
    "ratio": 0.1,
    "texts": ["a"],
    "grade": "HIGH",
    "label": "a",
    "span": "[-5,7)",
    "wide": "(,5)",
    "prices": "[0.5,0.75]",
    "stay": "[2026-01-01,2026-01-05)",
    "shift": "(,)",
    "opening": "[2026-01-01T00:00:00.000000,2026-01-01T08:00:00.000000]",
}
"""Values as the server sends them."""
PYTHON = {
    "moment": datetime(2026, 3, 29, 0, 59, 59, 999999, UTC),
    "day": date(2024, 2, 29),
    "hour": time(7, 48, 30),
    "local": datetime(2026, 3, 29, 0, 59, 59, 999999),  # noqa: DTZ001 (it has no offset)
    "amount": Decimal("0.10"),
}
"""Python values of some of them."""


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


SCALARS = {
    "DateTime": GraphQLScalarType("DateTime", serialize=datetime.isoformat, parse_value=_moment),
    "Date": GraphQLScalarType("Date", serialize=date.isoformat, parse_value=date.fromisoformat),
    "Time": GraphQLScalarType("Time", serialize=time.isoformat, parse_value=time.fromisoformat),
    "LocalDateTime": GraphQLScalarType("LocalDateTime", serialize=datetime.isoformat, parse_value=_moment),
    "Decimal": GraphQLScalarType("Decimal", serialize=str, parse_value=Decimal),
}
"""Conversions for gql."""


@pytest.fixture(scope="module")
def introspection() -> dict[str, Any]:
    """Return the introspection of the schema."""
    found: dict[str, Any] = json.loads((GENERATED / "introspection.json").read_text())["data"]
    return found


def test_gql_converts_the_scalars(introspection: dict[str, Any]) -> None:
    client = Client(introspection=introspection, parse_results=True, serialize_variables=True)
    assert client.schema is not None
    for name, scalar in SCALARS.items():
        update_schema_scalars(client.schema, [scalar])
        assert name in client.schema.type_map
    document = gql(SAMPLES)
    client.validate(document)
    parsed = parse_result(client.schema, document, {"samples": {"nodes": [VALUES]}})
    assert parsed == {"samples": {"nodes": [VALUES | PYTHON]}}


def test_sgqlc_generates_classes_for_the_scalars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("sgqlc-codegen", "schema", str(GENERATED / "introspection.json"), str(tmp_path / "sgqlc_schema.py"))
    monkeypatch.syspath_prepend(tmp_path)
    schema = importlib.import_module("sgqlc_schema")
    operation = Operation(schema.Query)
    filter = schema.SampleFilter(big=schema.BigIntFilter(eq="9007199254740993"))
    operation.samples(filter=filter).nodes.__fields__("id", "big", "day", "hour", "lasting", "doc", "amount", "span")
    assert 'big: {eq: "9007199254740993"}' in str(operation)
    (node,) = (operation + {"data": {"samples": {"nodes": [VALUES]}}}).samples.nodes
    assert (node.big, node.day, node.hour) == (VALUES["big"], PYTHON["day"], PYTHON["hour"])
    assert (node.lasting, node.span) == (VALUES["lasting"], VALUES["span"])


def test_ariadne_codegen_generates_models_with_the_scalars(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = tmp_path / "ariadne.toml"
    configuration.write_text((HERE / "ariadne.toml").read_text().replace('"$TARGET"', json.dumps(str(tmp_path))))
    run("ariadne-codegen", "--config", str(configuration))
    monkeypatch.syspath_prepend(tmp_path)
    client = importlib.import_module("ariadne_client")
    (node,) = client.Samples.model_validate({"samples": {"nodes": [VALUES]}}).samples.nodes
    assert {name: getattr(node, name) for name in PYTHON} == PYTHON
    assert (node.big, node.lasting, node.doc) == (VALUES["big"], timedelta(days=1, hours=2), VALUES["doc"])
    assert (node.span, node.grade.value) == (VALUES["span"], "HIGH")


def run(program: str, *words: str) -> None:
    """Run a program of this environment."""
    path = Path(sys.executable).parent / program
    done = subprocess.run([path, *words], cwd=HERE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
