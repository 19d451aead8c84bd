"""Statements compiled to PostgreSQL's text, to be executed on the driver itself without the ORM."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Dialect, Executable
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql.compiler import SQLCompiler

from graphql_app.sql.parameters import KEYS

DIALECT: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call]
BYTES_OF_A_CHARACTER = 20
"""What a statement was measured to take for each character of its text."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement's text, and its parameters in order: a name, how its value is written, and a value of its own."""

    sql: str
    parameters: tuple[tuple[str, Callable[[Any], Any] | None, Any], ...]

    @property
    def size(self) -> int:
        """About how many bytes it takes, with the shape that it is kept by."""
        return BYTES_OF_A_CHARACTER * len(self.sql)

    def arguments(self, values: Mapping[str, Any]) -> list[Any]:
        """The arguments in the order of the statement's placeholders."""
        return [
            value if write is None or value is None else write(value)
            for name, write, own in self.parameters
            for value in (values.get(name, own),)
        ]


def compile_statement(statement: Executable) -> Compiled:
    """The statement as asyncpg takes it: with ``$1`` and so on."""
    compiled = cast(SQLCompiler, statement.compile(dialect=DIALECT))  # type: ignore[attr-defined]
    names = compiled.positiontup or []
    own = compiled.params
    return Compiled(compiled.string, tuple((name, _writer(compiled, name), own.get(name)) for name in names))


def _writer(compiled: SQLCompiler, name: str) -> Callable[[Any], Any] | None:
    if compiled.binds[name].type is KEYS.type:
        return None  # the driver takes a list as it is
    kind = compiled.binds[name].type.dialect_impl(DIALECT)
    return cast(Callable[[Any], Any] | None, kind.bind_processor(DIALECT))


class Statements:
    """Compiled statements by their shapes, ``most`` or about ``most_bytes``; the least recently used one goes first."""

    def __init__(self, most: int = 2_000, most_bytes: int = 64_000_000) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[Any, Compiled] = OrderedDict()
        self._bytes = 0

    def __contains__(self, shape: Any) -> bool:
        return shape in self._kept

    def get(self, shape: Any, build: Callable[[], Executable]) -> Compiled:
        """The statement of this shape; ``build`` is asked for it when it is new."""
        found = self._kept.get(shape)
        if found is None:
            found = self._kept[shape] = compile_statement(build())
            self._bytes += found.size
            self._forget()
        else:
            self._kept.move_to_end(shape)
        return found

    def _forget(self) -> None:
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            _, gone = self._kept.popitem(last=False)
            self._bytes -= gone.size
