"""Components of the server."""

import uvicorn

from graphql_app.http.server import server_config
from graphql_app.http.uvicorn_adapter import HttpProtocol
from tests.http.toy import toy_app, toy_settings


def test_the_server_runs_on_uvloop_and_httptools() -> None:
    settings = toy_settings()
    config: uvicorn.Config = server_config(toy_app(settings), settings)
    config.load()
    assert config.http_protocol_class is HttpProtocol
    factory = config.get_loop_factory()
    assert factory is not None
    assert factory.__module__.startswith("uvloop")
