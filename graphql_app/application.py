"""Application on the engine: its imported domain package, with the API, services, checks and seed that it declares.

The package lists its folders in ``DOMAINS``. Each folder has modules ``models`` and ``root`` and optionally ``types``
and ``checks``. The package itself may have modules ``services`` and ``seed``, a ``DESCRIPTION`` of the API and further
``ROLES``. The folders of the engine come first: organizations and users are part of every application.
"""

import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from sqlalchemy import MetaData
from sqlalchemy.orm import configure_mappers

from graphql_app.authorization import DEFAULT_ROLES, DEFAULT_SCOPES, Role, Scope
from graphql_app.database.pool import ConnectionPool
from graphql_app.doctor import logins, outbox
from graphql_app.doctor.rows import RowCheck
from graphql_app.http.services import no_domain_services
from graphql_app.identity import seed as default_seed
from graphql_app.jobs import maintenance
from graphql_app.jobs.declarations import Declarations, declared_in
from graphql_app.models.base import Base
from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.settings import ApplicationConfig, Settings, SettingsError
from graphql_app.types.federation import Federation
from graphql_app.types.schema import Api, build_schema

ENGINE_FOLDERS = ("graphql_app.identity", "graphql_app.events", "graphql_app.jobs")
"""Folders of the engine with the layout of a domain folder."""
FOLDERS = "DOMAINS"
"""Name of the tuple of folders in an application's package."""


@dataclass(frozen=True, slots=True)
class Application:
    """Imported domain package of an application. ``folders`` are in import order."""

    config: ApplicationConfig
    package: ModuleType
    folders: Sequence[str]

    @property
    def directory(self) -> Path:
        """Directory of the package."""
        return Path(self.package.__path__[0])

    @property
    def schema_file(self) -> Path:
        """Checked-in SDL."""
        return self.directory / "schema.graphql"

    def modules(self, name: str) -> list[ModuleType]:
        """Return the module ``name`` of every folder that contains it. Raises SettingsError if an import fails."""
        found = (self._module(f"{folder}.{name}") for folder in (*ENGINE_FOLDERS, *self.folders))
        return [module for module in found if module is not None]

    def load_models(self) -> MetaData:
        """Import the models of every folder and return all tables."""
        self.modules("models")
        configure_mappers()
        return Base.metadata

    def build(self, settings: Settings | None = None) -> Api:
        """Build the API, with ``settings`` as a subgraph if they say so.

        Raises SchemaMismatch if a type does not fit its table.
        """
        self.load_models()
        self.modules("types")
        import_module("graphql_app.events.types").declare_histories()
        roots = self.modules("root")
        return build_schema(
            nodes=[model for root in roots for model in root.NODES],
            queries=[root.Query for root in roots],
            mutations=[root.Mutation for root in roots if hasattr(root, "Mutation")],
            types=USER_ERRORS,
            roles=self.roles,
            scopes=self.scopes,
            description=getattr(self.package, "DESCRIPTION", None),
            federation=Federation(is_hidden=not settings.introspection) if settings and settings.federation else None,
        )

    @property
    def roles(self) -> tuple[Role, ...]:
        """Roles of users: the engine's, and ``ROLES`` of the package."""
        return (*DEFAULT_ROLES, *getattr(self.package, "ROLES", ()))

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Scopes of API keys: the engine's, and ``SCOPES`` of the package."""
        return (*DEFAULT_SCOPES, *getattr(self.package, "SCOPES", ()))

    def row_checks(self, *, production: bool = False) -> list[RowCheck]:
        """Return the checks of rows for ``workline doctor``: the engine's, and ``CHECKS`` of every folder."""
        found = [
            *logins.CHECKS,
            *outbox.CHECKS,
            *(check for module in self.modules("checks") for check in module.CHECKS),
        ]
        return [*found, logins.published_passwords()] if production else found

    def declarations(self) -> Declarations:
        """Return the jobs and schedules: the engine's, and those in ``jobs`` of every folder. Raises ValueError."""
        folders = [self._module(f"{folder}.jobs") for folder in self.folders]
        return declared_in(maintenance, *(module for module in folders if module is not None))

    def open_domain(self, connections: ConnectionPool, settings: Settings) -> AbstractAsyncContextManager[object]:
        """Return the context manager of the application's services, ``open_domain`` of its module ``services``."""
        services = self._module(f"{self.config.package}.services")
        opened: AbstractAsyncContextManager[object] = (services.open_domain if services else no_domain_services)(
            connections, settings
        )
        return opened

    async def sweep_once(self, connections: ConnectionPool, age: timedelta) -> tuple[int, int]:
        """Resume unfinished work that has not changed for ``age``, by ``sweep_once`` of the module ``services``.

        Return the number of records found, and of those completed now.
        """
        services = self._module(f"{self.config.package}.services")
        if services is None or not hasattr(services, "sweep_once"):
            return 0, 0
        found, completed = await services.sweep_once(connections, age)
        return found, completed

    @property
    def seed(self) -> ModuleType:
        """Module that fills an empty database: the application's own, or the engine's."""
        return self._module(f"{self.config.package}.seed") or default_seed

    def _module(self, name: str) -> ModuleType | None:
        """Return a module, or None if there is none. Raises SettingsError if its import fails."""
        try:
            return import_module(name) if find_spec(name) else None
        except ImportError as error:
            raise SettingsError([f"{name} cannot be imported: {error}"]) from error


def load_application(config: ApplicationConfig) -> Application:
    """Import the package of an application, first from its root. Raises SettingsError with the remedy."""
    root = str(config.root)
    if sys.path[:1] != [root]:
        sys.path.insert(0, root)
    name, origin = config.package, config.origin
    try:
        package = import_module(name)
    except ImportError as error:
        problem = f"The package {name}, named by {origin}, cannot be imported: {error}"
        remedy = f"Correct the name, create it in {root}, or install it"
        raise SettingsError([f"{problem}. {remedy}"]) from error
    folders = getattr(package, FOLDERS, None)
    if folders is None or not hasattr(package, "__path__"):
        problem = f"The package {name} in {package.__file__}, named by {origin}, names no folders"
        raise SettingsError([f'{problem}. Write {FOLDERS} = ("...",) in its __init__.py'])
    return Application(config, package, [f"{name}.{folder}" for folder in folders])
