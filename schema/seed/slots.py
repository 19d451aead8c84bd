"""When things happen to orders and money: one order after the other, so that balances can be followed."""

from datetime import datetime
from enum import IntEnum, auto

from schema.seed.dice import Dice
from schema.seed.moments import moment


class Step(IntEnum):
    """What may happen to an order and its money, in this order."""

    DRAFTED = auto()
    PLACED = auto()
    TRIED = auto()
    DEPOSITED = auto()
    BEGUN = auto()
    PAID = auto()
    CALLED_OFF = auto()
    SPENT = auto()


class Slot:
    """The time that belongs to one of ``total`` orders. It ends before that of the next one begins."""

    def __init__(self, dice: Dice, index: int, total: int) -> None:
        self._dice = dice
        self._index = index
        self._total = total

    def at(self, step: Step) -> datetime:
        """A moment for this step, later than any for the steps before."""
        return moment((self._index + (step + 0.9 * self._dice.random()) / (len(Step) + 1)) / self._total)
