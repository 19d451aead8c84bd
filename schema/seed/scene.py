"""What all rows of one organization have in common while they are made."""

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
    """A row to insert. All rows of a model name the same columns, and a row comes after those that it refers to."""

    model: type[Base]
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Scene:
    """An organization in the making: who it is, how large it gets, and its own chance."""

    id: UUID
    business: Business
    shape: Shape
    dice: Dice

    @classmethod
    def of(cls, business: Business, shape: Shape, seed: int) -> "Scene":
        """A scene that is the same for the same arguments, whatever else is made beside it."""
        dice = Dice(f"{seed} {business.domain}")
        return cls(uuid7(FOUNDED, dice), business, shape, dice)

    def organization(self) -> Row:
        """The row of the organization itself."""
        business = self.business
        values: dict[str, object] = {"id": self.id, "name": business.name, "currency": business.currency}
        return Row(Organization, {**values, "created_at": FOUNDED, "updated_at": FOUNDED})

    def new_id(self, at: datetime) -> UUID:
        """An id for a row that was created then."""
        return uuid7(at, self.dice)

    def row(self, model: type[Base], at: datetime, id: UUID | None = None, /, **values: object) -> Row:
        """A row that was created ``at`` and has not been changed since, unless ``values`` say so."""
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
