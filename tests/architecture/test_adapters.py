"""Undocumented names of uvicorn, graphql-core and Strawberry: one adapter module per library, no unnoticed change.

If a test fails after an update of a library, compare the adapter with the new version and renew the expectation.
"""

import ast
import inspect
from collections.abc import Callable, Iterator
from enum import Enum
from hashlib import sha256

import pytest
import strawberry
from graphql import Visitor
from graphql.execution.incremental import IncrementalExecutor
from starlette.types import Receive, Scope, Send
from strawberry import Info
from strawberry.types.arguments import convert_arguments
from uvicorn import Config, Server
from uvicorn.protocols.http import httptools_impl
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from graphql_app import strawberry_adapter
from graphql_app.context import Context
from tests.architecture.sources import Module, is_in, modules

pytestmark = pytest.mark.architecture

ADAPTERS = {
    "uvicorn.protocols": "graphql_app.http.uvicorn_adapter",
    "graphql.execution.incremental": "graphql_app.execution.graphql_core_adapter",
    "graphql.execution.collect_fields": "graphql_app.execution.graphql_core_adapter",
    "strawberry.schema.schema_converter": "graphql_app.strawberry_adapter",
}
SIGNATURES: dict[Callable[..., object], str] = {
    HttpToolsProtocol._start_asgi_task: "self, cycle, app",
    HttpToolsProtocol.on_message_begin: "self",
    HttpToolsProtocol.on_headers_complete: "self",
    WebSocketsSansIOProtocol.handle_ping: "self",
    WebSocketsSansIOProtocol.stop_keepalive: "self",
    Server.startup: "self, sockets",
    Server.on_tick: "self, counter",
    Server.shutdown: "self, sockets",
    Config.bind_socket: "self",
    IncrementalExecutor.execute_fields: "self, parent_type, source_value, path, grouped_field_set, position_context",
    IncrementalExecutor.execute_fields_serially: (
        "self, parent_type, source_value, path, grouped_field_set, position_context"
    ),
    IncrementalExecutor.execute_field: "self, parent_type, source, field_details_list, path, position_context",
    IncrementalExecutor.build_resolve_info: "self, field_def, field_nodes, parent_type, path",
    IncrementalExecutor.complete_awaitable_value: (
        "self, return_type, field_details_list, info, path, result, position_context"
    ),
    IncrementalExecutor.complete_iterable_value: (
        "self, item_type, field_details_list, info, path, items, position_context"
    ),
    IncrementalExecutor.complete_list_item_value: (
        "self, item, complete_results, item_type, field_details_list, info, item_path, position_context"
    ),
    IncrementalExecutor.complete_awaitable_list_item_value: (
        "self, item, item_type, field_details_list, info, item_path, position_context"
    ),
    Visitor.get_enter_leave_for_kind: "self, kind",
    Info: "_raw_info, _field",
    convert_arguments: "value, arguments, scalar_registry, config, info",
}
"""Parameters of methods and functions that an adapter overrides or calls."""
REPLACED: dict[Callable[..., object], str] = {
    RequestResponseCycle.send: "abdd8601b326",
    HttpToolsProtocol.connection_lost: "c91a4c9bf2e2",
    WebSocketsSansIOProtocol.shutdown: "e8ace796ada6",
    IncrementalExecutor.execute_fields: "797f54fbd779",
    IncrementalExecutor.complete_iterable_value: "bdb49d2d91f1",
    IncrementalExecutor.complete_list_item_value: "8883b4d65a1a",
    Visitor.get_enter_leave_for_kind: "962b2d65de18",
}
"""Digests of methods whose behavior an adapter repeats or relies on."""
ATTRIBUTES: dict[str, set[str]] = {
    "http protocol": {"app_state", "config", "cycle", "loop", "transport"},
    "cycle": {
        "default_headers", "disconnected", "flow", "keep_alive", "message_event", "on_response", "response_complete",
        "response_started", "scope", "transport", "waiting_for_100_continue",
    },
    "websocket protocol": {
        "close_sent", "close_timer", "config", "conn", "disconnected", "loop", "queue", "read_paused", "transport",
        "writable",
    },
    "server": {"config", "force_exit", "server_state"},
    "server state": {"connections"},
    "visitor": {"enter_leave_map"},
}  # fmt: skip
"""Attributes that an adapter reads or sets, by the object that has them."""


def engine() -> tuple[Module, ...]:
    return modules("graphql_app", "schema", "migrations")


@pytest.mark.parametrize(("library", "adapter"), ADAPTERS.items())
def test_only_the_adapter_imports_undocumented_modules(library: str, adapter: str) -> None:
    importing = {each.name for each in engine() if any(is_in(name, library) for name in each.imports())}
    assert importing == {adapter}


@pytest.mark.parametrize("package", ["http", "websocket", "execution", "plan", "types", "mutations"])
def test_private_attributes_are_those_of_the_object_itself(package: str) -> None:
    own = [module for module in engine() if is_in(module.name, f"graphql_app.{package}")]
    assert own
    assert not [use for module in own for use in foreign_private_attributes(module)]


def foreign_private_attributes(module: Module) -> Iterator[str]:
    """Yield the accesses to attributes with a leading underscore of anything but ``self``, ``cls`` and ``super()``."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.endswith("__"):
            continue
        owner = ast.unparse(node.value)
        if owner not in {"self", "cls", "super()"}:
            yield f"{module.name}: {owner}.{node.attr}"


@pytest.mark.parametrize(("method", "parameters"), SIGNATURES.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_a_method_has_the_parameters_that_its_adapter_expects(method: Callable[..., object], parameters: str) -> None:
    assert ", ".join(inspect.signature(method).parameters) == parameters


@pytest.mark.parametrize(("method", "digest"), REPLACED.items(), ids=lambda each: getattr(each, "__name__", ""))
def test_a_method_that_an_adapter_replaces_is_the_one_that_was_reviewed(
    method: Callable[..., object], digest: str
) -> None:
    assert sha256(inspect.getsource(method).encode()).hexdigest()[:12] == digest


async def unused_application(scope: Scope, receive: Receive, send: Send) -> None:
    raise AssertionError


async def test_objects_have_the_attributes_that_adapters_use() -> None:
    config = Config(unused_application, lifespan="off")
    config.load()
    cycle = dict.fromkeys(inspect.signature(RequestResponseCycle).parameters)
    objects: dict[str, object] = {
        "http protocol": HttpToolsProtocol(config, ServerState(), {}),
        "cycle": RequestResponseCycle(**cycle),  # type: ignore[arg-type]  # values do not matter
        "websocket protocol": WebSocketsSansIOProtocol(config, ServerState(), {}),
        "server": Server(config),
        "server state": ServerState(),
        "visitor": Visitor(),
    }
    missing = {name: names - set(dir(objects[name])) for name, names in ATTRIBUTES.items()}
    assert not {name: names for name, names in missing.items() if names}


def test_only_the_adapter_uses_the_definitions_of_strawberry() -> None:
    using = {each.name for each in engine() if "__strawberry_definition__" in each.path.read_text()}
    assert using == {"graphql_app.strawberry_adapter"}


@strawberry.enum
class Shade(Enum):
    DARK = "DARK"


@strawberry.type
class Lamp:
    shade: Shade


@strawberry.type
class Query:
    @strawberry.field
    def lamp(self, info: Info[Context, None], watts: int = 5) -> Lamp:
        raw = strawberry_adapter.raw_info(info)
        declared = strawberry_adapter.declaration_of(raw.parent_type.fields["lamp"])
        again = strawberry_adapter.info_of(info.schema, raw, declared)
        assert (raw.field_name, again.python_name, again.schema) == ("lamp", "lamp", info.schema)
        assert strawberry_adapter.converted_arguments(declared, {"watts": 7}, info.schema) == {"watts": 7}
        return Lamp(shade=Shade.DARK)


def test_strawberry_has_the_names_that_its_adapter_uses() -> None:
    schema = strawberry.Schema(Query)
    assert schema.execute_sync("{ lamp(watts: 7) { shade } }").data == {"lamp": {"shade": "DARK"}}
    types = strawberry_adapter.graphql_schema(schema).type_map
    assert strawberry_adapter.declaration_of(types["Lamp"]) is strawberry_adapter.definition_of(Lamp)
    assert strawberry_adapter.declaration_of(types["__Type"]) is None
    (field,) = strawberry_adapter.fields_of(Lamp)
    assert strawberry_adapter.named_definition(field.type) is strawberry_adapter.enum_definition_of(Shade)
    assert strawberry_adapter.named_definition(list[int]) is None


def test_modules_have_the_constants_that_the_adapter_of_uvicorn_uses() -> None:
    assert httptools_impl.STATUS_LINE[200] == b"HTTP/1.1 200 OK\r\n"
    assert httptools_impl.HEADER_RE.search(b"x a")
    assert httptools_impl.HEADER_VALUE_RE.search(b"a\nb")
    assert "write_paused" in vars(FlowControl(None))  # type: ignore[arg-type]  # not connected
