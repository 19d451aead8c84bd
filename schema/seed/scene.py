"""Common data of all rows of one organization during generation."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from graphql_app.database.base import Base
from schema.people.models import Organization
from schema.seed.businesses import Business
from schema.seed.dice import Dice
from schema.seed.ids import uuid7
from schema.seed.moments import FOUNDED
from schema.seed.sizes import Shape


class Row(NamedTuple):
    """Row to insert. All rows of a model have the same columns, and a row comes after those that it refers to."""

    model: type[Base]
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Scene:
    """Organization to be generated: its identity, its size, and its own random generator."""

    id: UUID
    business: Business
    shape: Shape
    dice: Dice

    @classmethod
    def of(cls, business: Business, shape: Shape, seed: int) -> "Scene":
        """Return a scene that depends on the arguments only, and not on other organizations."""
        dice = Dice(f"{seed} {business.domain}")
        return cls(uuid7(FOUNDED, dice), business, shape, dice)

    def organization(self) -> Row:
        """Return the row of the organization itself."""
        business = self.business
        values: dict[str, object] = {"id": self.id, "name": business.name, "currency": business.currency}
        return Row(Organization, {**values, "created_at": FOUNDED, "updated_at": FOUNDED})

    def new_id(self, at: datetime) -> UUID:
        """Return an id for a row that was created then."""
        return uuid7(at, self.dice)

    def row(self, model: type[Base], at: datetime, id: UUID | None = None, /, **values: object) -> Row:
        """Return a row that was created ``at`` and has not been changed since, unless ``values`` say so."""
        return Row(
            model,
            {
                "organization_id": self.id,
                "id": id or uuid7(at, self.dice),
                "created_at": at,
                "updated_at": at,
                **values,
            },
        )
