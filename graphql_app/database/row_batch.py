"""Batches of rows: what one INSERT, UPDATE or DELETE is about, as the shape of a statement and its arguments."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from graphql_app.database.base import TENANT
from graphql_app.database.row_codec import RowCodec, Values, codec_of, is_expression
from graphql_app.statements.compiled import Compiled
from graphql_app.statements.edges import Edge
from graphql_app.statements.joins import Outputs
from graphql_app.statements.writes import NEW, OLD, Returned, Verb, Write, compiled_write


class Sender(Protocol):
    """Connection whose transaction the rows belong to."""

    sent: int

    async def send(self, statement: Compiled, values: Mapping[str, Any]) -> Sequence[Any]:
        """Return the driver's records. Raises what a session would."""


class Batch:
    """Rows of one model that one statement writes: with ``values`` for the same columns, or one row by itself.

    ``own`` are the rows' values that find them, in the columns ``found``: by default the key and the version. Where it
    is given, a row only gets another version if values differ, and comes back with all its columns.
    """

    def __init__(
        self,
        verb: Verb,
        codec: RowCodec,
        own: Sequence[Mapping[str, Any]],
        values: Sequence[Values],
        found: tuple[str, ...] | None = None,
    ) -> None:
        self.codec, self.own, self.values, is_insert = codec, own, values, verb is Verb.INSERT
        is_many, is_by_id = len(values) > 1, found is not None
        self.expressions = {} if is_many else {name: each for name, each in values[0].items() if is_expression(each)}
        names = tuple(name for name in values[0] if name not in self.expressions)
        self.columns = tuple(codec.columns) if is_by_id else _returned(codec, verb, names, tuple(self.expressions))
        versions = (codec.version,) if codec.version else ()
        self.write = Write(
            verb,
            codec.mapper.class_,
            names,
            Returned(self.columns),
            found=found if found is not None else () if is_insert else (*codec.keys, *versions),
            version=codec.version if verb is Verb.UPDATE else None,
            arrays=_differing(names, values, is_insert=is_insert) if is_many else None,
            is_distinct=is_by_id,
        )

    def arguments(self) -> Values:
        """Return the values of the statement's parameters."""
        write, own, values = self.write, self.own, self.values
        arguments: Values = {"organization": own[0][TENANT if TENANT in self.codec.primary else "id"]}
        if write.arrays is None:
            new, old = values[0], own[0]
        else:
            first = values[0]
            new = {
                name: [each[name] for each in values] if name in write.arrays else first[name] for name in write.names
            }
            old = {name: [each[name] for each in own] for name in write.found}
        arguments |= {f"{NEW}{name}": new[name] for name in write.names}
        return arguments | {f"{OLD}{name}": old[name] for name in write.found}

    def statement(self, outputs: Outputs, edge: Edge | None) -> Compiled:
        """Return the statement, which also reads the outputs, and the row at the end of the edge."""
        write = self.write
        if outputs or edge is not None:
            referred = () if edge is None else tuple(codec_of(edge.target).columns)
            write = replace(write, returned=Returned(self.columns, tuple(outputs), edge, referred))
        return compiled_write(write, tuple(self.expressions.items()))


def _returned(codec: RowCodec, verb: Verb, names: Sequence[str], expressions: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that come back of a row: its key, and what PostgreSQL computes."""
    if verb is Verb.INSERT:
        return tuple(name for name in codec.columns if name not in names or name in codec.primary)
    computed = (*codec.computed, *expressions) if verb is Verb.UPDATE else ()
    return tuple(dict.fromkeys((*codec.primary, *computed)))


def _differing(names: Sequence[str], values: Sequence[Values], *, is_insert: bool) -> tuple[str, ...]:
    """Return the columns whose values are sent as arrays: of new rows, those that are not the same in all."""
    first = values[0]
    return tuple(name for name in names if not is_insert or any(each[name] is not first[name] for each in values))
