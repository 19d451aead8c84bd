"""What uvicorn runs: ``uvicorn --factory graphql_app.asgi:create_app``. Nothing else of the engine knows the domain."""

from starlette.applications import Starlette

from graphql_app.http.app import create_app as create_application
from graphql_app.http.logs import configure_logging
from graphql_app.http.opening import serving
from graphql_app.settings import load_settings
from schema.api import build
from schema.services import open_domain


def create_app() -> Starlette:
    """The application for this process's environment. Raises SettingsError and SchemaMismatch."""
    settings = load_settings()
    configure_logging(settings)
    return create_application(settings, serving(build(), open_domain))
