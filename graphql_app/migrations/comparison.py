"""Comparison of the models' tables with those of a database: the changes that make them equal."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from graphql_app.migrations.changes import (
    Change,
    Pair,
    Stage,
    added_column,
    added_values,
    altered_column,
    base_type,
    comment,
    create_type,
    dropped_column,
    is_replaced,
    policy,
    privileges,
    validated,
)
from graphql_app.migrations.description import Description, quote

SUFFIX = re.compile(r" (?:NOT )?DEFERRABLE.*$")
INVALID = " NOT VALID"


@dataclass(frozen=True)
class Comparison:
    """Models compared with a database, in tables that both have."""

    expected: Description
    found: Description
    tables: Collection[str]

    def changes(self) -> list[Change]:
        """Return the changes in the order in which they can be applied."""
        found = [
            *self.types(),
            *(change for table in sorted(self.tables) for change in self.columns(table)),
            *self.each("constraint", self.constraint),
            *self.each("index", self.index),
            *self.each("policy", policy),
            *self.each("privileges", privileges),
            *(change for table in sorted(self.tables) for change in self.properties(table)),
        ]
        return sorted(found, key=lambda change: change.stage)

    def each(self, kind: str, compare: Callable[[Pair], Iterator[Change]]) -> Iterator[Change]:
        """Yield the changes of all objects of a kind whose definitions differ."""
        one, other = self.expected.texts[kind], self.found.texts[kind]
        for name in sorted(one.keys() | other.keys()):
            pair = Pair(name, one.get(name), other.get(name))
            if name.partition(".")[0] in self.tables and not self.is_equal(pair):
                yield from compare(pair)

    def is_equal(self, pair: Pair) -> bool:
        """Return True if the definitions are equal, and the object is not dropped together with a column."""
        if pair.found is None or pair.expected is None:
            return False
        is_same = pair.found in (pair.expected, self.expected.restored.get(pair.name))
        return is_same and not self.loses_column(pair)

    def loses_column(self, pair: Pair) -> bool:
        """Return True if the object of the database depends on a column that is dropped, or replaced."""
        table = pair.name.partition(".")[0]
        wanted = self.expected.columns[table]
        lost = {
            name
            for name, column in self.found.columns[table].items()
            if name not in wanted or is_replaced(wanted[name], column)
        }
        return any(re.search(rf"\b{re.escape(name)}\b", pair.found or "") for name in lost)

    def columns(self, table: str) -> Iterator[Change]:
        """Yield the changes of a table's columns."""
        expected, found = self.expected.columns[table], self.found.columns[table]
        for name in (*expected, *(each for each in found if each not in expected)):
            one, other = expected.get(name), found.get(name)
            if one is None or other is None or is_replaced(one, other):
                if other is not None:
                    yield dropped_column(table, name, other, is_replaced=one is not None)
                if one is not None:
                    yield from added_column(table, name, one, is_replaced=other is not None)
            elif one != other:
                yield from altered_column(table, name, one, other)

    def constraint(self, pair: Pair) -> Iterator[Change]:
        """Yield the change of a constraint."""
        if pair.expected and pair.found == f"{pair.expected}{INVALID}" and not self.loses_column(pair):
            yield validated(pair)
            return
        if pair.found is not None:
            yield Change(
                Stage.REMOVED,
                (pair.constraint_dropped,),
                (pair.constraint_added(pair.found),),
            )
        if pair.expected is None:
            return
        if pair.expected.startswith("UNIQUE"):
            yield from self.unique(pair)
        elif pair.expected.startswith(("CHECK", "FOREIGN KEY")):
            add = pair.constraint_added(f"{pair.expected}{INVALID}")
            yield Change(Stage.CONSTRAINTS, (add,), (pair.constraint_dropped,))
            yield validated(pair)
        else:
            yield Change(
                Stage.CONSTRAINTS,
                (pair.constraint_added(pair.expected),),
                (pair.constraint_dropped,),
                "Locks the table while its index is created. Run it while no release serves.",
            )

    def unique(self, pair: Pair) -> Iterator[Change]:
        """Yield the changes that add a constraint by an index, which is created first."""
        assert pair.expected is not None
        create = self.expected.unique_indexes[pair.name].replace("UNIQUE INDEX", "UNIQUE INDEX CONCURRENTLY", 1)
        suffix = SUFFIX.search(pair.expected)
        use = pair.constraint_added(f"UNIQUE USING INDEX {pair.own}")
        yield Change(
            Stage.VALIDATED,
            (f"DROP INDEX CONCURRENTLY IF EXISTS {pair.own}", create),
            (),
            f"Fails while rows of {pair.table} have the same values. Change them first.",
        )
        yield Change(
            Stage.COMPLETED,
            (f"{use}{suffix[0] if suffix else ''}",),
            (pair.constraint_dropped,),
        )

    def index(self, pair: Pair) -> Iterator[Change]:
        """Yield the change of an index."""
        drop = f"DROP INDEX CONCURRENTLY IF EXISTS {pair.own}"
        if pair.found is not None and self.loses_column(pair):
            yield Change(Stage.REMOVED, (f"DROP INDEX {pair.own}",), (pair.found,))
            pair = Pair(pair.name, pair.expected, None)
        if pair.expected is None:
            if pair.found is not None:
                yield Change(Stage.VALIDATED, (drop,), (pair.found,))
            return
        create = pair.expected.replace("INDEX", "INDEX CONCURRENTLY", 1)
        back = (f"DROP INDEX IF EXISTS {pair.own}", *([pair.found] if pair.found else []))
        yield Change(Stage.VALIDATED, (drop, create), back)

    def properties(self, table: str) -> Iterator[Change]:
        """Yield the changes of row-level security and of the comment of a table."""
        words = ("ENABLE", "DISABLE"), ("FORCE", "NO FORCE")
        for (on, off), one, other in zip(words, self.expected.security[table], self.found.security[table], strict=True):
            if one != other:
                up, down = (on, off) if one else (off, on)
                statements = [f"ALTER TABLE {quote(table)} {word} ROW LEVEL SECURITY" for word in (up, down)]
                yield Change(Stage.SECURITY, (statements[0],), (statements[1],))
        if self.expected.comments[table] != self.found.comments[table]:
            yield comment(f"TABLE {quote(table)}", self.expected.comments[table], self.found.comments[table])

    def types(self) -> Iterator[Change]:
        """Yield the changes of enum types that columns of the tables have or get."""
        for name in sorted(self.expected.enums.keys() | self.found.enums.keys()):
            one, other = self.expected.enums.get(name), self.found.enums.get(name)
            if other is None:
                assert one is not None
                yield Change(Stage.TYPES, (create_type(name, one),), (f"DROP TYPE {quote(name)}",))
            elif one is None:
                if self.is_unused(name):
                    yield Change(Stage.TYPES_DROPPED, (f"DROP TYPE {quote(name)}",), (create_type(name, other),))
            elif one != other:
                yield self.changed_type(name, one, other)

    def is_unused(self, type_name: str) -> bool:
        """Return True if a column of the database has this type, and none of the models."""
        expected, found = (
            {base_type(column.type) for columns in description.columns.values() for column in columns.values()}
            for description in (self.expected, self.found)
        )
        return quote(type_name) in found - expected

    def changed_type(self, name: str, one: tuple[str, ...], other: tuple[str, ...]) -> Change:
        """Return the change of an enum type's values: additional ones, or a replacement of the type."""
        back = tuple(self.replaced_type(name, other))
        if [value for value in one if value in other] == list(other):
            return Change(Stage.ENUM_VALUES, tuple(added_values(name, one, other)), back)
        gone = ", ".join(value for value in other if value not in one)
        note = f"Rewrites the tables with columns of the type {name}"
        note += f", and fails while rows have a value that is removed: {gone}. Change them first." if gone else "."
        return Change(Stage.TYPES, tuple(self.replaced_type(name, one)), back, note)

    def replaced_type(self, name: str, values: tuple[str, ...]) -> Iterator[str]:
        """Yield the statements that replace an enum type by one with other values."""
        old = quote(f"{name}_replaced")
        yield f"ALTER TYPE {quote(name)} RENAME TO {old}"
        yield create_type(name, values)
        for table, columns in self.found.columns.items():
            for column, state in columns.items():
                if base_type(state.type) == quote(name) and state.generated is None:
                    alter = f"ALTER TABLE {quote(table)} ALTER COLUMN {quote(column)}"
                    text = state.type.replace(quote(name), "text")
                    if state.default is not None:
                        yield f"{alter} DROP DEFAULT"
                    yield f"{alter} TYPE {state.type} USING {quote(column)}::{text}::{state.type}"
                    if state.default is not None:
                        yield f"{alter} SET DEFAULT {state.default}"
        yield f"DROP TYPE {old}"
