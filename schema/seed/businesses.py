"""The organizations that can be made: a list without end, the demo's two at its beginning."""

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
    """What is known of an organization before chance begins: always the same at the same place in the list."""

    name: str
    domain: str
    """The domain of its people's e-mail addresses."""
    trade: Trade
    currency: str
    foreign_currency: str
    """That of some of its customers."""

    def email(self, local: str) -> str:
        """An address at the organization. ``.example`` belongs to nobody: no mail can reach a stranger."""
        return f"{local}@{self.domain}"


def businesses() -> Iterator[Business]:
    """North Repair, South Studio, East Repair ... Forest Studio, North Repair 2 and so on."""
    return map(business, count())


def business(index: int) -> Business:
    """The one at this place in the list."""
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
