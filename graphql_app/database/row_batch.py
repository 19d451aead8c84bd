"""Batches of rows: what one INSERT, UPDATE or DELETE is about, as the shape of a statement and its arguments."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from graphql_app.database.base import TENANT
from graphql_app.database.row_codec import RowCodec, Values, codec_of, is_expression
from graphql_app.statements.compiled import Compiled
from graphql_app.statements.edges import Edge
from graphql_app.statements.outputs import Outputs
from graphql_app.statements.writes import NEW, OLD, Returned, Verb, Write, compile_write, compiled_write


class Batch:
    """Rows of one model that one statement writes: with values for the same columns, or one row by itself."""

    def __init__(self, verb: Verb, codec: RowCodec, rows: Sequence[Any], values: Sequence[Values]) -> None:
        self.codec, self.rows, self.values = codec, rows, values
        given, is_insert = values[0], verb is Verb.INSERT
        self.expressions = {} if len(rows) > 1 else {name: each for name, each in given.items() if is_expression(each)}
        names = tuple(name for name in given if name not in self.expressions)
        self.columns = _returned(codec, verb, names, tuple(self.expressions))
        arrays = _differing_columns(names, values, is_insert) if len(rows) > 1 else None
        version = None if is_insert else codec.version
        self.write = Write(verb, codec.mapper.class_, names, Returned(self.columns), version, arrays)

    def arguments(self) -> Values:
        """Return the values of the statement's parameters."""
        codec, write, own = self.codec, self.write, [vars(row) for row in self.rows]
        old = () if write.verb is Verb.INSERT else (*codec.keys, *([write.version] if write.version else []))
        first = own[0] if old else self.values[0]
        found: Values = {"organization": first[TENANT if TENANT in codec.primary else "id"]}
        if write.arrays is None:
            found |= {f"{NEW}{name}": self.values[0][name] for name in write.names}
            return found | {f"{OLD}{name}": first[name] for name in old}
        for name in write.names:
            is_array = name in write.arrays
            found[f"{NEW}{name}"] = [each[name] for each in self.values] if is_array else self.values[0][name]
        return found | {f"{OLD}{name}": [each[name] for each in own] for name in old}

    def statement(self, outputs: Outputs, edge: Edge | None) -> Compiled:
        """Return the statement, which also reads the outputs, and the row at the end of the edge."""
        write = self.write
        if outputs or edge is not None:
            referred = () if edge is None else tuple(codec_of(edge.target).columns)
            write = replace(write, returned=Returned(self.columns, tuple(outputs), edge, referred))
        return compile_write(write, self.expressions) if self.expressions or outputs else compiled_write(write)

    def matched(self, made: Sequence[Values]) -> Iterable[tuple[Any, Values]]:
        """Return the rows with these keys, and the values of theirs that were sent."""
        if len(self.rows) == 1:
            return zip(self.rows, self.values, strict=True)
        is_insert, pairs = self.write.verb is Verb.INSERT, zip(self.rows, self.values, strict=True)
        found = {self.codec.key(values if is_insert else vars(row)): (row, values) for row, values in pairs}
        return (found[self.codec.key(each)] for each in made)


def _returned(codec: RowCodec, verb: Verb, names: Sequence[str], expressions: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that come back of a row: its key, and what PostgreSQL computes."""
    match verb:
        case Verb.INSERT:
            return tuple(name for name in codec.columns if name not in names or name in codec.primary)
        case Verb.UPDATE:
            return tuple(dict.fromkeys([*codec.primary, *codec.computed, *expressions]))
    return codec.primary


def _differing_columns(names: Sequence[str], values: Sequence[Values], is_insert: bool) -> tuple[str, ...]:
    """Return the columns whose values are sent as arrays: those that are not the same in all rows."""
    first = values[0]
    return tuple(name for name in names if not is_insert or any(each[name] is not first[name] for each in values))
