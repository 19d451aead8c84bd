"""Spans of a server with OpenTelemetry's SDK, as a collector receives them."""

import gzip
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from graphql_app.telemetry.tracing import NOTHING, is_traced, statement_span, step_span, trace_id
from tests.platform.test_serve import environment
from tests.support.databases import TestDatabase
from tests.support.processes import ADDRESS, PLAIN, Process, until

TRACE, CALLER = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
LOG_IN = 'mutation LogIn { logIn(input: { email: "a@b.example", password: "guessed-in-vain" }) { token } }'


@dataclass(frozen=True)
class ReceivedSpan:
    """Span that a collector has received."""

    trace: str
    id: str
    parent: str
    name: str
    attributes: dict[str, Any]


class Collector:
    """Receiver of spans by OTLP over HTTP, on a free port."""

    def __init__(self) -> None:
        self.spans: list[ReceivedSpan] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                collector.receive(gzip.decompress(body) if self.headers["content-encoding"] == "gzip" else body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def receive(self, body: bytes) -> None:
        """Keep the spans of one export."""
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    values = {each.key: each.value.string_value or each.value.int_value for each in span.attributes}
                    ids = (span.trace_id.hex(), span.span_id.hex(), span.parent_span_id.hex())
                    self.spans.append(ReceivedSpan(*ids, span.name, values))

    def named(self, name: str) -> ReceivedSpan:
        """Wait for a span with this name."""
        assert until(lambda: any(span.name == name for span in self.spans)), self.spans
        return next(span for span in self.spans if span.name == name)


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.mark.slow
def test_a_request_is_traced_to_its_statements(
    collector: Collector, shared_database: TestDatabase, tmp_path: Path
) -> None:
    variables = {
        "DATABASE_URL": shared_database.app_url,
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server.server_port}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        "OTEL_METRICS_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
    }
    agent = str(Path(sys.executable).with_name("opentelemetry-instrument"))
    command = [agent, sys.executable, "-m", "graphql_app", "serve", "--port", "0"]
    server = Process(command, tmp_path, environment(**variables), tmp_path / "log")
    address = server.wait_for(ADDRESS)
    headers = {"traceparent": f"00-{TRACE}-{CALLER}-01"}
    httpx.post(f"{address}/graphql", json={"query": LOG_IN}, headers=headers, verify=PLAIN)
    request = collector.named("POST /graphql")
    assert server.end() == 0
    assert (request.trace, request.parent) == (TRACE, CALLER)
    assert request.attributes["http.response.status_code"] == 200
    operation, execution = collector.named("mutation"), collector.named("execute")
    assert operation.parent == request.id
    assert operation.attributes == {"graphql.operation.type": "mutation", "graphql.operation.name": "LogIn"}
    assert {span.parent for span in collector.spans if span.name in ("parse", "validate")} == {operation.id}
    assert {span.parent for span in collector.spans if span.name in ("plan", "SELECT")} == {execution.id}
    assert execution.parent == operation.id
    statements = [span.attributes for span in collector.spans if span.name == "SELECT"]
    assert {statement["db.system.name"] for statement in statements} == {"postgresql"}
    assert "password_parameters($1)" in statements[0]["db.query.text"]
    (begin, *_) = [span.attributes["db.query.text"] for span in collector.spans if span.name == "BEGIN"]
    assert f"; SET LOCAL application_name = 'workline:LogIn:{TRACE}'" in begin
    assert "guessed-in-vain" not in str(collector.spans)
    assert not [span for span in collector.spans if "/health/" in span.name]
    assert f"trace_id={TRACE}" in server.said


def test_nothing_is_recorded_without_an_sdk() -> None:
    assert not is_traced()
    assert step_span("parse") is statement_span("SELECT 1") is NOTHING
    assert trace_id() is None
