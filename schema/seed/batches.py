"""Rows put together into batches, and made in a thread while the batch before is being written."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from itertools import batched

from sqlalchemy import Table

from graphql_app.database.base import Base
from schema.seed.scene import Row

ROWS = 6_000
"""In one batch: large enough to make a statement cheap, small enough to make memory no question."""

type Values = list[dict[str, object]]
type Batch = dict[Table, Values]
"""Rows by table. Each table comes after those that it refers to."""


def batches(rows: Iterable[Row], size: int = ROWS) -> Iterator[Batch]:
    """Batches of ``size`` rows."""
    tables = Base.metadata.sorted_tables
    for some in batched(rows, size):
        sorted_: Batch = {table: [] for table in tables}
        for model, values in some:
            sorted_[Base.metadata.tables[model.__tablename__]].append(values)
        yield {table: values for table, values in sorted_.items() if values}


async def ahead[T](items: Iterator[T]) -> AsyncGenerator[T]:
    """The items, each one made in a thread while the one before is in use."""
    upcoming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
    try:
        while (item := await upcoming) is not None:
            upcoming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
            yield item
    finally:
        # a thread cannot be stopped: what it makes is thrown away
        await asyncio.gather(upcoming, return_exceptions=True)
