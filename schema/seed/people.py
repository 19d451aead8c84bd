"""Users, their logins, and workers."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count, product
from uuid import UUID

from graphql_app.identity.models import Identity, User, UserRole
from schema.people.models import Worker
from schema.seed.demo import MANAGER, MEMBER, OWNER
from schema.seed.organizations import Scene, SeedRow
from schema.seed.random_source import NOW, START, RandomSource, setting_up, uuid7
from schema.seed.vocabulary import CUSTOMERS, FIRST, LAST

KNOWN = ((OWNER, UserRole.OWNER), (MANAGER, UserRole.MANAGER), (MEMBER, UserRole.MEMBER))
"""Addresses and roles of the first users."""
MANY = 6
"""Number of users or workers from which on some have left or just begun."""


def people_names(dice: RandomSource) -> Iterator[tuple[str, str]]:
    """Yield names, each with a unique part before the ``@`` of an address. Names repeat once all are used up."""
    names = [f"{first} {last}" for first, last in product(FIRST, LAST)]
    for name, repeat in endlessly(dice, names):
        yield name, plain(name).lower().replace(" ", ".") + repeat


def customer_names(dice: RandomSource) -> Iterator[str]:
    """Yield names of households and businesses. They are numbered once all are used up."""
    names = [customer.format(last) for customer, last in product(CUSTOMERS, LAST)]
    for name, repeat in endlessly(dice, names):
        yield f"{name} {repeat}" if repeat else name


def endlessly(dice: RandomSource, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield all names in random order, repeatedly, with a suffix per round: nothing, 2, 3 and so on."""
    shuffled = dice.some(names, len(names))
    for round_ in count(1):
        for name in shuffled:
            yield name, str(round_) if round_ > 1 else ""


def plain(name: str) -> str:
    """Return the name without accents, for an address."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


@dataclass(frozen=True, slots=True)
class Person:
    """User or worker, as other rows refer to them."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class People:
    """People of an organization. ``rows`` has all of them, including those without any activity."""

    users: Sequence[Person]
    """Active users: all but one whose access ended long ago."""
    workers: Sequence[Person]
    """Workers with tasks: all but one that has just begun."""
    staff: Sequence[Person]
    """Workers that get new tasks: the same except one that has just left."""
    rows: Sequence[SeedRow]

    @property
    def managers(self) -> Sequence[Person]:
        """Users that write orders and move money."""
        return self.users[:2]


def create_people(scene: Scene, password_hash: str) -> People:
    """Create all people. All users have the same password."""
    hiring, shape = PeopleGenerator(scene, password_hash), scene.shape
    users = [hiring.user(index) for index in range(shape.users)]
    # the owner and the manager do no tasks themselves; of the workers, two thirds log in
    linked = users[2:-1][: shape.workers * 2 // 3]
    workers = [hiring.worker(index, linked[index : index + 1]) for index in range(shape.workers)]
    come_and_go = shape.workers >= MANY
    return People(
        users=users[:-1] if shape.users >= MANY else users,
        workers=workers[:-1] if come_and_go else workers,
        staff=workers[:-2] if come_and_go else workers,
        rows=hiring.rows,
    )


class PeopleGenerator:
    """Creation of people, with their rows."""

    def __init__(self, scene: Scene, password_hash: str) -> None:
        self.rows: list[SeedRow] = []
        self._scene = scene
        self._password_hash = password_hash
        self._names = people_names(scene.dice)

    def user(self, index: int) -> Person:
        """Create a user with a login. The first three have the demo's addresses, the last of many has lost access."""
        total, (name, address) = self._scene.shape.users, next(self._names)
        at = setting_up(0.3 * index / total)
        person = Person(self._scene.new_id(at), name)
        local, role = KNOWN[index] if index < len(KNOWN) else (address, self._role())
        email = self._scene.business.email(local)
        left = START if total >= MANY and index == total - 1 else None
        identity_id = self._identity(at, email)
        values = {"name": name, "email": email, "role": role, "deactivated_at": left, "updated_at": left or at}
        self.rows.append(self._scene.row(User, at, person.id, identity_id=identity_id, **values))
        return person

    def worker(self, index: int, users: Sequence[Person]) -> Person:
        """Create a worker, linked to the one given user, if any. The last but one of many has just left."""
        total = self._scene.shape.workers
        at = setting_up(0.3 + 0.3 * index / total)
        user = users[0] if users else None
        person = Person(self._scene.new_id(at), user.name if user else next(self._names)[0])
        left = NOW - timedelta(hours=9) if total >= MANY and index == total - 2 else None
        values = {"deactivated_at": left, "updated_at": left or at, "user_id": user.id if user else None}
        rate = Decimal(self._scene.dice.whole(56, 190)) / 2
        self.rows.append(self._scene.row(Worker, at, person.id, name=person.name, hourly_rate=rate, **values))
        return person

    def _role(self) -> UserRole:
        return UserRole.MANAGER if self._scene.dice.chance(0.15) else UserRole.MEMBER

    def _identity(self, at: datetime, email: str) -> UUID:
        id = uuid7(at, RandomSource(f"identity of {email}"))
        values = {"id": id, "email": email, "password_hash": self._password_hash, "verified_at": at}
        self.rows.append(SeedRow(Identity, {**values, "created_at": at, "updated_at": at}))
        return id
