"""Names of people and customers, in any number."""

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import count, product

from schema.seed.dice import Dice
from schema.seed.vocabulary.names import CUSTOMERS, FIRST, LAST


def people_names(dice: Dice) -> Iterator[tuple[str, str]]:
    """Yield names, each with a unique part before the ``@`` of an address. Names repeat once all are used up."""
    everybody = [f"{first} {last}" for first, last in product(FIRST, LAST)]
    for name, repeat in endlessly(dice, everybody):
        yield name, plain(name).lower().replace(" ", ".") + repeat


def customer_names(dice: Dice) -> Iterator[str]:
    """Yield names of households and businesses. They are numbered once all are used up."""
    everybody = [customer.format(last) for customer, last in product(CUSTOMERS, LAST)]
    for name, repeat in endlessly(dice, everybody):
        yield f"{name} {repeat}" if repeat else name


def endlessly(dice: Dice, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield all names in random order, repeatedly, with a suffix per round: nothing, 2, 3 and so on."""
    shuffled = dice.some(names, len(names))
    for round_ in count(1):
        for name in shuffled:
            yield name, str(round_) if round_ > 1 else ""


def plain(name: str) -> str:
    """Return the name without accents, for an address."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
