"""Organization with random work and money over several years, and reference queries in plain SQL."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from graphql_app.viewer import Viewer
from tests.support.databases import TestDatabase

TASKS, WORKERS, TRANSFERS = 400, 7, 300
KINDS = ("OWN", "OWN", "CUSTOMER", "OUTSIDE")
CURRENCIES = ("EUR", "CHF")
Values = dict[str, Any]


@dataclass(slots=True)
class Business:
    """Organization of a user. ``now`` is the time of its rows: no row has a time within an hour of it."""

    seed: int
    organization: UUID = field(default_factory=uuid4)
    user: UUID = field(default_factory=uuid4)
    """The manager."""
    others: dict[str, UUID] = field(default_factory=lambda: {"OWNER": uuid4(), "MEMBER": uuid4()})
    """The other users by their roles."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    def viewer(self, role: str = "MANAGER") -> Viewer:
        return Viewer(self.user if role == "MANAGER" else self.others[role], self.organization, role)

    async def write(self, database: TestDatabase) -> None:
        """Write all rows as a superuser, without row-level security."""
        await self._write(database, [*self._people(), *self._rows()])

    async def found(self, database: TestDatabase) -> None:
        """Write only the organization and its users."""
        await self._write(database, self._people())

    async def sell(self, database: TestDatabase, currencies: Iterable[str]) -> None:
        """Write a transfer from a customer to an account of the organization in each of the currencies."""
        rows: list[tuple[str, Values]] = []
        for currency in currencies:
            customer, own = uuid4(), uuid4()
            for id, kind in ((customer, "CUSTOMER"), (own, "OWN")):
                rows.append(("accounts", self._row(id, kind=kind, name=kind, currency=currency, balance=0)))
            rows += self._moved(self._row(amount=Decimal(1), currency=currency, created_at=self.now), customer, own)
        await self._write(database, rows)

    async def _write(self, database: TestDatabase, rows: Iterable[tuple[str, Values]]) -> None:
        async with database.as_system() as connection:
            for table, values in rows:
                names = ", ".join(values)
                places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
                await connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())

    def _people(self) -> Iterator[tuple[str, Values]]:
        yield "organizations", {"id": self.organization, "name": "Business"}
        yield "users", self._row(self.user, name="Ada", email="a@b.c", role="MANAGER")
        for role, id in self.others.items():
            yield "users", self._row(id, name=role, email=f"{role}@b.c", role=role)

    def _rows(self) -> Iterator[tuple[str, Values]]:
        workers = [uuid4() for _ in range(WORKERS)]
        for number, id in enumerate(workers):
            yield "workers", self._row(id, name=f"Worker {number}", hourly_rate=Decimal(50))
        for _ in range(TASKS):
            yield "tasks", self._task(workers[:-1])
        yield from self._money()

    def _row(self, id: UUID | None = None, /, **values: Any) -> Values:
        return {"organization_id": self.organization, "id": id or uuid4(), **values}

    def _task(self, workers: list[UUID]) -> Values:
        status = self._chance.choice(["OPEN", "OPEN", "IN_PROGRESS", "DONE", "DONE", "CANCELLED"])
        return self._row(
            creator_id=self.user,
            title="Work",
            status=status,
            priority=3,
            assignee_id=self._chance.choice([None, *workers, workers[0]]),
            due_at=self._chance.choice([None, self._moment(days=40), self._moment(days=40) + timedelta(days=40)]),
            completed_at=self._moment(days=800) if status == "DONE" else None,
        )

    def _moment(self, *, days: float) -> datetime:
        """Return a random time of the last days."""
        return self.now - timedelta(hours=1, seconds=self._chance.randrange(round(days * 86_400)))

    def _money(self) -> Iterator[tuple[str, Values]]:
        """Return transfers with their entries between accounts of all kinds, some of them reversed."""
        for currency in CURRENCIES:
            accounts = [uuid4() for _ in KINDS]
            for id, kind in zip(accounts, KINDS, strict=True):
                yield "accounts", self._row(id, kind=kind, name=kind, currency=currency, balance=0)
            for _ in range(TRANSFERS // len(CURRENCIES)):
                source, target = self._chance.sample(accounts, 2)
                cents = self._chance.randrange(1, 100_000)
                transfer = self._row(amount=Decimal(cents) / 100, currency=currency, created_at=self._moment(days=800))
                yield from self._moved(transfer, source, target)
                if self._chance.random() < 0.1:
                    back = {**transfer, "id": uuid4(), "reverses_id": transfer["id"]}
                    back["created_at"] = transfer["created_at"] + (self.now - transfer["created_at"]) / 2
                    yield from self._moved(back, target, source)

    def _moved(self, transfer: Values, source: UUID, target: UUID) -> Iterator[tuple[str, Values]]:
        yield "transfers", {**transfer, "from_account_id": source, "to_account_id": target}
        for account, amount in ((source, -transfer["amount"]), (target, transfer["amount"])):
            yield "entries", self._row(transfer_id=transfer["id"], account_id=account, amount=amount)


async def fetch_rows(database: TestDatabase, question: str, *values: Any) -> list[tuple[Any, ...]]:
    """Return the result of plain SQL, which sees the rows of every organization."""
    async with database.as_system() as connection:
        return [tuple(row.values()) for row in await connection.fetch(question, *values)]
