"""Migrations of the engine and of an application: upgrade, downgrade, and the revisions of a database.

They are separate branches in one version table, labeled ``workline`` and ``app``: a newer engine adds its revisions to
any application. The first revision of an application depends on an engine revision, which creates the tables that the
application refers to.

Applications that are older than the engine's branch created these tables themselves. Their revisions that do not depend
on the engine run first, and the engine's revisions take over existing tables.

Alembic is imported only where a migration is run or made, because its import takes a tenth of a server's start.
"""

import ast
import io
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import asyncpg
from sqlalchemy.exc import DBAPIError

import graphql_app
from graphql_app.postgres.addresses import Address
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.catalog import engine_tables, snapshot
from graphql_app.postgres.errors import PostgresError
from graphql_app.postgres.roles import OLDEST

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import MetaData

ENVIRONMENT = Path(graphql_app.__file__).resolve().parent / "migrations"
ENGINE = ENVIRONMENT / "versions"
APP_BRANCH = "app"
HEADS = "heads"
ASSIGNMENT = re.compile(r"^(revision|down_revision|depends_on)\b[^=\n]*=[ \t]*(.+)$", re.MULTILINE)
"""Assignment of a revision, or of its predecessors, in a migration."""
FILE_NAME = "%%(year)d_%%(month).2d_%%(day).2d_%%(hour).2d%%(minute).2d_%%(slug)s"


async def current(connection: DriverConnection) -> frozenset[str]:
    """Return the revisions of a database, one per branch, without their dependencies.

    Returns none before the first migration, and without the right to read them.
    """
    try:
        rows = await connection.fetch("SELECT version_num FROM alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        return frozenset()
    return frozenset(row["version_num"] for row in rows)


@dataclass(frozen=True)
class Migrations:
    """Revisions of the engine, and in the directory ``application``."""

    application: Path

    def upgrade(self, owner: Address, revision: str = HEADS) -> None:
        """Run the migrations up to ``revision``, each in its own transaction. Blocks, and runs its own event loop.

        Raises PostgresError if there is no such revision, or if a migration fails. The ones before it stay applied.
        """
        for target in self._stages(revision):
            _run("upgrade", self.configuration(owner), target)

    def downgrade(self, owner: Address, revision: str) -> None:
        """Revert the migrations after ``revision`` (``base`` reverts all). Data that only they hold is lost."""
        _run("downgrade", self.configuration(owner), revision)

    def script(self, revisions: str | Collection[str] = HEADS) -> str:
        """Return the SQL that creates a database at ``revisions``. Runs its own event loop."""
        from alembic import command

        config = self.configuration()
        config.output_buffer = io.StringIO()
        before = ""
        for target in self._stages(revisions):
            command.upgrade(config, f"{before}:{target}" if before else target, sql=True)
            before = target
        return config.output_buffer.getvalue()

    def create(self, message: str, *, owner: Address | None = None, metadata: "MetaData | None" = None) -> list[Path]:
        """Create a revision of the application and return its file.

        With ``metadata``, the revision contains the changes from the database to it: there may be none, or a second
        revision for what must not block. Tables of the engine are not compared.
        """
        config = self.configuration(owner)
        if metadata is not None:
            config.attributes.update(metadata=metadata, excluded_tables=engine_tables(snapshot(OLDEST)))
        own = [each for each, file in self._files.items() if file.parent == self.application]
        heads = sorted(self.heads_of(own))
        if len(heads) > 1:
            raise PostgresError(f"The application's migrations have several heads: {', '.join(heads)}.")
        (engine,) = self.heads_of(self._files.keys() - own)
        made = _run(
            "revision",
            config,
            message,
            autogenerate=metadata is not None,
            head=heads[0] if heads else "base",
            version_path=str(self.application),
            branch_label=None if own else APP_BRANCH,
            depends_on=None if engine in self.lineage(heads) else engine,
        )
        return [Path(each.path) for each in (made if isinstance(made, list) else [made])]

    @cached_property
    def heads(self) -> frozenset[str]:
        """Revisions that :func:`current` returns for a database of this release."""
        return self.heads_of(self.parents)

    def heads_of(self, revisions: Iterable[str]) -> frozenset[str]:
        """Return the members of ``revisions`` on which none of the others depends."""
        found = frozenset(revisions)
        return found - frozenset[str]().union(*(self.parents[each] for each in found))

    def pending(self, applied: Collection[str]) -> list[str]:
        """Return the migrations that a database at ``applied`` lacks, in the order in which they run.

        A newer release may have migrated the database: by the contract of migrations, this release can still use it.
        A branch of which only unknown revisions can be applied is therefore complete.
        """
        if applied == self.heads:
            return []
        known = [each for each in applied if each in self.parents]
        done = self.lineage(known)
        if len(known) < len(applied):
            started = {self._files[each].parent for each in known}
            done |= {each for each, file in self._files.items() if file.parent not in started}
        return [each for each in self.order if each not in done]

    def unknown(self, applied: Collection[str]) -> list[str]:
        """Return the members of ``applied`` that belong to another release."""
        return sorted(set(applied) - self.parents.keys())

    @cached_property
    def order(self) -> list[str]:
        """All revisions in the order in which they run."""
        try:
            found = list(TopologicalSorter(self.parents).static_order())
        except CycleError as error:
            raise PostgresError(f"Migrations depend on each other: {', '.join(error.args[1])}.") from None
        return sorted(found, key=lambda each: each not in self._independent)

    @cached_property
    def parents(self) -> dict[str, frozenset[str]]:
        """Revisions that have to run before each revision."""
        found = {
            name: frozenset((*_names(values.get("down_revision")), *_names(values.get("depends_on"))))
            for name, (_, values) in self._read.items()
        }
        for name, before in found.items():
            if missing := before - found.keys():
                file = self._files[name]
                raise PostgresError(f"{file} refers to {', '.join(missing)}, which is the id of no revision.")
        return found

    def lineage(self, revisions: Iterable[str]) -> set[str]:
        """Return ``revisions`` and all that they depend on."""
        found: set[str] = set()
        waiting = list(revisions)
        while waiting:
            revision = waiting.pop()
            if revision not in found:
                found.add(revision)
                waiting += self.parents[revision]
        return found

    def scripts(self) -> "ScriptDirectory":
        """Return Alembic's view of the migrations."""
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.configuration())

    def configuration(self, owner: Address | None = None) -> "Config":
        """Return Alembic's configuration, which is independent of files and of the working directory."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", f"{ENVIRONMENT}".replace("%", "%%"))
        config.set_main_option("version_locations", f"{ENGINE}\n{self.application}".replace("%", "%%"))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("file_template", FILE_NAME)
        if owner is not None:
            config.attributes.update(url=owner.url, connect_args=owner.connect_args)
        return config

    def _stages(self, revisions: str | Collection[str]) -> Iterator[str]:
        """Yield the upgrade targets in order: first the revisions whose tables the engine's revisions take over."""
        if isinstance(revisions, str) and revisions != HEADS:
            yield revisions
            return
        wanted = self.heads if revisions == HEADS else revisions
        yield from self.heads_of(self.lineage(wanted) & self._independent)
        later = [each for each in wanted if each not in self._independent]
        yield from sorted(later, key=lambda each: self._files[each].parent == ENGINE)

    @cached_property
    def _independent(self) -> frozenset[str]:
        """Revisions of the application that depend on no engine revision."""
        return frozenset(
            each
            for each in self.parents
            if not any(self._files[before].parent == ENGINE for before in self.lineage([each]))
        )

    @cached_property
    def _files(self) -> dict[str, Path]:
        return {name: file for name, (file, _) in self._read.items()}

    @cached_property
    def _read(self) -> dict[str, tuple[Path, dict[str, object]]]:
        """Each revision with its file and the values of ``ASSIGNMENT``."""
        found = {}
        for file in (file for place in (ENGINE, self.application) for file in sorted(place.glob("*.py"))):
            values = {name: _literal(file, value) for name, value in ASSIGNMENT.findall(file.read_text())}
            if "revision" in values:
                found[str(values["revision"])] = (file, values)
        return found


def _run(name: Literal["upgrade", "downgrade", "revision"], config: "Config", *words: str, **options: Any) -> Any:
    """Run a command of Alembic and return its result. Raises PostgresError, with a message for the operator."""
    from alembic import command
    from alembic.util import CommandError

    try:
        return getattr(command, name)(config, *words, **options)
    except CommandError as error:
        raise PostgresError(f"{error}.") from error
    except DBAPIError as error:
        raise PostgresError(f"A migration failed and was undone: {error.orig}\n{error.statement or ''}") from error


def _literal(file: Path, value: str) -> object:
    try:
        return ast.literal_eval(value)
    except (SyntaxError, ValueError):
        raise PostgresError(f"{file}: write the identifiers of revisions as literals on one line.") from None


def _names(value: object) -> tuple[str, ...]:
    """Return the revisions of ``down_revision`` or ``depends_on``: none, one, or several."""
    if isinstance(value, str):
        return (value,)
    return tuple(str(each) for each in value) if isinstance(value, Iterable) else ()
