"""Hand-written resolvers of records: the columns that they read, and the rows with which they are called."""

import dis
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

from graphql import GraphQLScalarType
from strawberry.types.fields.resolver import StrawberryResolver

from graphql_app.database.row_codec import codec_of
from graphql_app.models.base import Base
from graphql_app.plan.errors import Failed, Value
from graphql_app.plan.selection import Unplannable
from graphql_app.types.strawberry_adapter import Source

FRAME = frozenset({"locals", "vars", "dir", "eval", "exec", "super"})
"""Names through which a function can access its row without naming it."""


def columns_read(resolver: StrawberryResolver[Any], columns: Collection[str]) -> Sequence[str] | None:
    """Return the columns of its row that a resolver uses, or None if it may use anything else of the row.

    Inspects the bytecode: each load of the row must be followed by the load of an attribute with a column's name.
    """
    code = getattr(resolver.wrapped_func, "__code__", None)
    if code is None or not resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
        return None
    row, found = resolver.self_parameter.name, dict[str, None]()
    if row not in code.co_varnames[:1] or row in code.co_cellvars or not FRAME.isdisjoint(code.co_names):
        return None
    for instruction, following in pairwise(dis.get_instructions(code)):
        named = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
        if "_FAST" not in instruction.opname or row not in named:
            continue
        is_loaded = instruction.opname.endswith(("LOAD_FAST", "LOAD_FAST_BORROW")) and row not in named[:-1]
        if not is_loaded or following.opname != "LOAD_ATTR" or following.argval not in columns:
            return None
        found[following.argval] = None
    return tuple(found)


def computation(function: Callable[[Source], object], kind: GraphQLScalarType) -> Callable[..., Value]:
    """Return the function that computes a scalar of a row. It calls ``check`` for an error, and returns Failed."""
    coerce = kind.coerce_output_value

    def compute(check: Callable[[], None], row: Source) -> Value:
        try:
            value = function(row)
            coerced = None if value is None else coerce(value)
        except Exception as error:
            coerced = Failed(error)
        if coerced is None or type(coerced) is Failed:
            check()
        return coerced

    return compute


def complete_row(model: type[Base]) -> tuple[Iterable[str], Callable[[Sequence[object]], Source]]:
    """Return the columns of a model, and the function from the driver's values of these to a row.

    The row's relationships are not loaded. Raises Unplannable for a model whose rows require a session.
    """
    try:
        codec = codec_of(model)
    except TypeError as error:
        raise Unplannable(str(error)) from None
    names = tuple(codec.columns)

    def make(record: Sequence[object]) -> Source:
        values = codec.values(names, record)
        return codec.loaded(values, codec.key(values))

    return names, make
