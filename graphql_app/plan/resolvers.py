"""Resolvers of one's own on records: which columns they read, and the rows that they are called with."""

import dis
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

from graphql import get_nullable_type
from sqlalchemy import Numeric

from graphql_app.database.row_codec import codec_of
from graphql_app.models.base import Base
from graphql_app.plan.failures import Failed
from graphql_app.plan.selection import Unplannable
from graphql_app.sql.compiled import DIALECT

FRAME = frozenset({"locals", "vars", "dir", "eval", "exec", "super"})
"""Names by which a function reaches its row without naming it."""


def columns_read(resolver: Any, columns: Collection[str]) -> Sequence[str] | None:
    """Return the columns that are all that Strawberry's ``resolver`` uses of its row; None if it may use more.

    Read off the bytecode: wherever the row is loaded, an attribute of a column's name has to be read of it at once.
    """
    code = getattr(resolver.wrapped_func, "__code__", None)
    if code is None or not resolver.self_parameter or resolver.root_parameter or resolver.parent_parameter:
        return None
    row = resolver.self_parameter.name
    if row not in code.co_varnames[:1] or row in code.co_cellvars or not FRAME.isdisjoint(code.co_names):
        return None
    found: dict[str, None] = {}
    for instruction, following in pairwise(dis.get_instructions(code)):
        named = instruction.argval if isinstance(instruction.argval, tuple) else (instruction.argval,)
        if "_FAST" not in instruction.opname or row not in named:
            continue
        is_loaded = instruction.opname.endswith(("LOAD_FAST", "LOAD_FAST_BORROW")) and row not in named[:-1]
        if not is_loaded or following.opname != "LOAD_ATTR" or following.argval not in columns:
            return None
        found[following.argval] = None
    return tuple(found)


def computing(function: Callable[[Any], Any], kind: Any) -> Callable[[Callable[[], None], Any], Any]:
    """Return what computes a scalar of a row: an error is reported by a call, and stands in the place of the value."""
    coerce: Callable[[Any], Any] = get_nullable_type(kind).coerce_output_value

    def compute(check: Callable[[], None], row: Any) -> Any:
        try:
            value = function(row)
            shown = None if value is None else coerce(value)
        except Exception as error:
            shown = Failed(error)
        if shown is None or type(shown) is Failed:
            check()
        return shown

    return compute


def whole_row(model: type[Base]) -> tuple[Iterable[str], Callable[[Sequence[Any]], Any]]:
    """Return the columns of a model, and what makes a row of their values as the driver has them.

    Its relationships are not loaded. Raises Unplannable for a model whose rows need a session.
    """
    try:
        codec = codec_of(model)
    except TypeError as error:
        raise Unplannable(str(error)) from None
    names = tuple(codec.columns)

    def make(record: Sequence[Any]) -> Any:
        values = codec.values(names, record)
        return codec.loaded(values, codec.key(values))

    return names, make


def reader_of(kind: Any) -> Callable[[Any], Any] | None:
    """Return what makes a Python value of the driver's, whose numbers are Python's already."""
    read: Callable[[Any], Any] | None = None
    if not isinstance(kind, Numeric):
        read = kind.dialect_impl(DIALECT).result_processor(DIALECT, None)
    return read
