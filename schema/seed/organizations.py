"""Organizations to generate: their properties, their sizes, and the data that all their rows share."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import NamedTuple
from uuid import UUID

from graphql_app.identity.models import Organization
from graphql_app.models.base import Base
from schema.people.models import OrganizationSettings
from schema.seed.random_source import FOUNDED, RandomSource, uuid7
from schema.seed.vocabulary import CURRENCIES, PLACES, Trade
from schema.seed.vocabulary.repair import REPAIR
from schema.seed.vocabulary.studio import STUDIO

TRADES = (REPAIR, STUDIO)
MOST_ORGANIZATIONS = 20
TASKS_PER_ORGANIZATION = 10_000
USERS_WITH_FIXED_ROLES = 3
"""Number of users with fixed roles: an owner, a manager and a member. No organization has fewer users."""


@dataclass(frozen=True, slots=True)
class Business:
    """Fixed properties of an organization, always the same at the same place in the list."""

    name: str
    domain: str
    """Domain of the email addresses of its people."""
    trade: Trade
    currency: str
    foreign_currency: str
    """Currency of some of its customers."""

    def email(self, local: str) -> str:
        """Return an address at the organization. The reserved domain ``.example`` receives no mail."""
        return f"{local}@{self.domain}"


def businesses() -> Iterator[Business]:
    """Yield North Repair, South Studio, East Repair ... Forest Studio, North Repair 2 and so on."""
    return map(business, count())


def business(index: int) -> Business:
    """Return the organization at this place in the list."""
    repeat, place = divmod(index, len(PLACES))
    trade = TRADES[index % len(TRADES)]
    number = f" {repeat + 1}" if repeat else ""
    name = PLACES[place]
    return Business(
        name=f"{name} {trade.name}{number}",
        domain=f"{name.lower()}{number.replace(' ', '-')}.example",
        trade=trade,
        currency=CURRENCIES[index % len(CURRENCIES)][0],
        foreign_currency=CURRENCIES[index % len(CURRENCIES)][1],
    )


def number(default: int | None, text: str) -> int | None:
    """Return a field with the ``help`` for the command line."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True, slots=True)
class OrganizationSize:
    """Number of rows of one organization."""

    tasks: int
    users: int
    workers: int
    posts: int
    comments: int
    orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Amount of data of all organizations together. The defaults give the demo. Raises ValueError for negative numbers.

    A number that is None follows from the tasks. Numbers of dependent rows (subtasks, which are tasks, labels,
    transfers and entries, order lines, payments) are random, and the same for the same sizes and ``seed``.
    """

    tasks: int = field(default=240, metadata={"help": "Tasks, including subtasks."})
    organizations: int | None = number(None, "Organizations. Default: 2, and up to 20 for many tasks.")
    users: int | None = number(None, "Users with a login. Default: one for 100 tasks.")
    workers: int | None = number(None, "Workers. Default: one for 100 tasks.")
    posts: int | None = number(None, "Posts, including drafts. Default: one for 10 tasks.")
    comments: int | None = number(None, "Comments on tasks and posts. Default: one for each task.")
    orders: int | None = number(None, "Orders. Default: one for 8 tasks.")
    seed: int = field(default=1, metadata={"help": "Number that selects the random data."})

    def __post_init__(self) -> None:
        numbers = (self.tasks, self.organizations, self.users, self.workers, self.posts, self.comments, self.orders)
        if any(given is not None and given < 0 for given in numbers):
            raise ValueError("A size must not be negative.")

    def shapes(self) -> list[OrganizationSize]:
        """Return the shape of each organization, in nearly equal parts, with minimums that show every feature."""
        organizations = self._organizations()
        return [self._shape(index, organizations) for index in range(organizations)]

    def _organizations(self) -> int:
        if self.organizations is not None:
            return self.organizations
        return min(MOST_ORGANIZATIONS, max(2, self.tasks // TASKS_PER_ORGANIZATION))

    def _shape(self, index: int, organizations: int) -> OrganizationSize:
        def share(given: int | None, divisor: int, least: int) -> int:
            if given is not None:
                return part(given, index, organizations)
            return max(least, part(self.tasks // divisor, index, organizations))

        return OrganizationSize(
            tasks=part(self.tasks, index, organizations),
            users=max(USERS_WITH_FIXED_ROLES, share(self.users, 100, 8)),
            workers=share(self.workers, 100, 6),
            posts=share(self.posts, 10, 6),
            comments=share(self.comments, 1, 0),
            orders=share(self.orders, 8, 10),
        )


def part(total: int, index: int, parts: int) -> int:
    """Return the size of one of ``parts`` nearly equal parts of ``total``, which add up to it."""
    return total * (index + 1) // parts - total * index // parts


class SeedRow(NamedTuple):
    """SeedRow to insert. All rows of a model have the same columns, and a row comes after those that it refers to."""

    model: type[Base]
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Scene:
    """Organization to be generated: its identity, its size, and its own random generator."""

    id: UUID
    business: Business
    shape: OrganizationSize
    dice: RandomSource

    @classmethod
    def of(cls, business: Business, shape: OrganizationSize, seed: int) -> "Scene":
        """Return a scene that depends on the arguments only, and not on other organizations."""
        dice = RandomSource(f"{seed} {business.domain}")
        return cls(uuid7(FOUNDED, dice), business, shape, dice)

    def organization(self) -> SeedRow:
        """Return the row of the organization itself."""
        business = self.business
        values: dict[str, object] = {"id": self.id, "name": business.name}
        return SeedRow(Organization, {**values, "created_at": FOUNDED, "updated_at": FOUNDED})

    def settings(self) -> SeedRow:
        """Return the row of the organization's settings."""
        return self.row(OrganizationSettings, FOUNDED, self.id, currency=self.business.currency)

    def new_id(self, at: datetime) -> UUID:
        """Return an id for a row that was created then."""
        return uuid7(at, self.dice)

    def row(self, model: type[Base], at: datetime, id: UUID | None = None, /, **values: object) -> SeedRow:
        """Return a row that was created ``at`` and has not been changed since, unless ``values`` say so."""
        return SeedRow(
            model,
            {
                "organization_id": self.id,
                "id": id or uuid7(at, self.dice),
                "created_at": at,
                "updated_at": at,
                **values,
            },
        )
