"""Statements compiled to the SQL text of PostgreSQL, which the driver executes without the ORM."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import cast

from sqlalchemy import Executable
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from graphql_app.models.kinds.kind import DIALECT, Conversion
from graphql_app.sql.parameters import KEYS

__all__ = ["Compiled", "compile_statement"]

BYTES_OF_A_CHARACTER = 20
"""Measured memory of a compiled statement per character of its text."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """Text of a statement, and its parameters in order: name, conversion for the driver, and default value."""

    sql: str
    parameters: tuple[tuple[str, Conversion | None, object], ...]

    @property
    def size(self) -> int:
        """Approximate number of bytes, including its shape as a cache key."""
        return BYTES_OF_A_CHARACTER * len(self.sql)

    def arguments(self, values: Mapping[str, object]) -> list[object]:
        """Return the arguments in the order of the statement's placeholders."""
        return [
            value if write is None or value is None else write(value)
            for name, write, default in self.parameters
            for value in (values.get(name, default),)
        ]


def compile_statement(statement: Executable) -> Compiled:
    """Return the statement with the placeholders of asyncpg, ``$1`` and so on."""
    compiled = cast(SQLCompiler, cast(ClauseElement, statement).compile(dialect=DIALECT))
    names = compiled.positiontup or []
    defaults = compiled.params
    return Compiled(compiled.string, tuple((name, _writer(compiled, name), defaults.get(name)) for name in names))


def _writer(compiled: SQLCompiler, name: str) -> Conversion | None:
    if compiled.binds[name].type is KEYS.type:
        return None  # the driver encodes lists
    kind = compiled.binds[name].type.dialect_impl(DIALECT)
    return cast(Conversion | None, kind.bind_processor(DIALECT))


class StatementCache:
    """LRU cache of compiled statements by their shapes, limited to ``most`` statements and about ``most_bytes``."""

    def __init__(self, most: int = 2_000, most_bytes: int = 64_000_000) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[Hashable, Compiled] = OrderedDict()
        self.size = self.compiled_count = 0

    def __len__(self) -> int:
        return len(self._kept)

    def __contains__(self, shape: Hashable) -> bool:
        return shape in self._kept

    def get(self, shape: Hashable, build: Callable[[], Executable]) -> Compiled:
        """Return the cached statement of this shape, or compile and cache the one that ``build`` returns."""
        found = self._kept.get(shape)
        if found is None:
            found = self._kept[shape] = compile_statement(build())
            self.compiled_count += 1
            self.size += found.size
            while len(self._kept) > self._most or self.size > self._most_bytes:
                _, evicted = self._kept.popitem(last=False)
                self.size -= evicted.size
        else:
            self._kept.move_to_end(shape)
        return found
