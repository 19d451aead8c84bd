"""Batches of rows, each of which is generated in a thread while the previous one is being written."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from itertools import batched

from sqlalchemy import Table

from graphql_app.database.base import Base
from schema.seed.scene import Row

ROWS = 6_000
"""Rows of one batch: enough to make the cost of a statement small, few enough to use little memory."""

type Values = list[dict[str, object]]
type Batch = dict[Table, Values]
"""Rows by table. Each table comes after those that it refers to."""


def batches(rows: Iterable[Row], size: int = ROWS) -> Iterator[Batch]:
    """Yield batches of ``size`` rows."""
    tables = Base.metadata.sorted_tables
    for some in batched(rows, size):
        sorted_: Batch = {table: [] for table in tables}
        for model, values in some:
            sorted_[Base.metadata.tables[model.__tablename__]].append(values)
        yield {table: values for table, values in sorted_.items() if values}


async def ahead[T](items: Iterator[T]) -> AsyncGenerator[T]:
    """Yield the items, each of which is computed in a thread while the previous one is in use."""
    upcoming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
    try:
        while (item := await upcoming) is not None:
            upcoming = asyncio.ensure_future(asyncio.to_thread(next, items, None))
            yield item
    finally:
        # a thread cannot be stopped: its item is discarded
        await asyncio.gather(upcoming, return_exceptions=True)
