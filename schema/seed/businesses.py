"""Organizations that can be generated: a list without end, with the demo's two at its beginning."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from schema.seed.vocabulary.names import CURRENCIES, PLACES
from schema.seed.vocabulary.repair import REPAIR
from schema.seed.vocabulary.studio import STUDIO
from schema.seed.vocabulary.trade import Trade

TRADES = (REPAIR, STUDIO)


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
