"""Times of orders and of movements of money: one order after the other, so that balances can be computed."""

from datetime import datetime
from enum import IntEnum, auto

from schema.seed.dice import Dice
from schema.seed.moments import moment


class Step(IntEnum):
    """Possible steps of an order and its money, in this order."""

    DRAFTED = auto()
    PLACED = auto()
    TRIED = auto()
    DEPOSITED = auto()
    BEGUN = auto()
    PAID = auto()
    CALLED_OFF = auto()
    SPENT = auto()


class Slot:
    """Time slot of one of ``total`` orders. It ends before that of the next one begins."""

    def __init__(self, dice: Dice, index: int, total: int) -> None:
        self._dice = dice
        self._index = index
        self._total = total

    def at(self, step: Step) -> datetime:
        """Return a time for this step, later than any for the steps before."""
        return moment((self._index + (step + 0.9 * self._dice.random()) / (len(Step) + 1)) / self._total)
