"""DataLoaders of one request."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

from aiodataloader import DataLoader
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from tests.bench.contenders.strawberry_orm import models as m

type Load = Callable[[list[Any]], Coroutine[Any, Any, list[Any]]]


class Loaders:
    """DataLoaders of one request. The lock serializes access of several loaders to the session."""

    def __init__(self, session: AsyncSession, lock: asyncio.Lock) -> None:
        self._session, self._lock = session, lock
        self.organization: DataLoader[Any, Any] = DataLoader(self._by_id(m.Organization))
        self.user: DataLoader[Any, Any] = DataLoader(self._by_id(m.User))
        self.worker: DataLoader[Any, Any] = DataLoader(self._by_id(m.Worker))
        self.category: DataLoader[Any, Any] = DataLoader(self._by_id(m.Category))
        self.task: DataLoader[Any, Any] = DataLoader(self._by_id(m.Task))
        self.posts: DataLoader[Any, Any] = DataLoader(self._first_of(m.Post, m.Post.author_id))
        self.comments: DataLoader[Any, Any] = DataLoader(self._first_of(m.Comment, m.Comment.post_id))

    def _by_id(self, model: Any) -> Load:
        async def load(keys: list[Any]) -> list[Any]:
            # the key of a tenant's row is (organization, id)
            ids = [key[1] for key in keys]
            statement = select(model).where(model.id.in_(ids))
            if model is not m.Organization:
                statement = statement.where(model.organization_id == keys[0][0])
            async with self._lock:
                rows = (await self._session.scalars(statement)).all()
            found = {row.id: row for row in rows}
            return [found.get(id) for id in ids]

        return load

    def _first_of(self, model: Any, parent: Any) -> Load:
        async def load(keys: list[Any]) -> list[Any]:
            tenant, _, first = keys[0]
            number = func.row_number().over(partition_by=parent, order_by=model.id).label("number")
            chosen = (
                select(model, number)
                .where(model.organization_id == tenant, parent.in_([key[1] for key in keys]))
                .subquery()
            )
            entity = aliased(model, chosen)
            statement = select(entity).where(chosen.c.number <= first).order_by(chosen.c.id)
            async with self._lock:
                rows = (await self._session.scalars(statement)).all()
            groups: dict[Any, list[Any]] = defaultdict(list)
            for row in rows:
                groups[getattr(row, parent.key)].append(row)
            return [groups[key[1]] for key in keys]

        return load
