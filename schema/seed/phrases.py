"""Texts: sentences of a trade with filled placeholders."""

from collections.abc import Sequence
from typing import NamedTuple

from schema.seed.dice import Dice
from schema.seed.vocabulary.common import REPLIES
from schema.seed.vocabulary.names import MONTHS, WEEKDAYS
from schema.seed.vocabulary.trade import Kind, Trade


class Topic(NamedTuple):
    """Topic of a task."""

    verb: str
    part: str
    whole: str


class Phrases:
    """Texts of one organization. ``colleagues`` and ``customers`` are the names that occur in them."""

    def __init__(self, dice: Dice, trade: Trade, colleagues: Sequence[str], customers: Sequence[str]) -> None:
        self.dice = dice
        self.trade = trade
        self.colleagues = colleagues
        self.customers = customers

    def topic(self, kind: Kind) -> Topic:
        """Return a topic of this kind."""
        pick = self.dice.pick
        return Topic(pick(kind.verbs), pick(kind.parts), pick(kind.wholes))

    def task(self, topic: Topic, customer: str | None) -> tuple[str, str | None]:
        """Return a task's title, such as ``Replace the chain of a folding bike``, and its description.

        The title has the customer if there is one. The description has two to five sentences; some tasks have none.
        """
        title = self.trade.title.format_map(topic._asdict())
        description = None if self.dice.chance(0.3) else self._describe(topic, customer)
        return f"{title} ({customer})" if customer else title, description

    def remark(self, topic: Topic) -> str:
        """Return a comment on a task."""
        return self._fill(self.dice.pick(self.trade.remarks), Gaps(self, topic))

    def reply(self) -> str:
        """Return a comment on a post."""
        return self._fill(self.dice.pick(REPLIES), Gaps(self))

    def post(self) -> tuple[str, str]:
        """Return a title and a body, which mention the same people and days."""
        post, gaps = self.dice.pick(self.trade.posts), Gaps(self)
        return self._fill(post.title, gaps), self._fill(" ".join(post.sentences), gaps)

    def _describe(self, topic: Topic, customer: str | None) -> str:
        dice, trade, gaps = self.dice, self.trade, Gaps(self, topic)
        if customer:
            gaps["customer"] = customer
        sentences = [dice.pick(trade.wishes), *dice.some(trade.findings, dice.whole(1, 2))]
        sentences += dice.some(trade.instructions, dice.whole(0, 2))
        return self._fill(" ".join(sentences), gaps)

    @staticmethod
    def _fill(text: str, gaps: "Gaps") -> str:
        return text.format_map(gaps) if "{" in text else text


class Gaps(dict[str, str]):
    """Values of the placeholders of one text, each chosen at its first use."""

    def __init__(self, phrases: Phrases, topic: Topic | None = None) -> None:
        super().__init__(topic._asdict() if topic else {})
        self._phrases = phrases

    def __missing__(self, gap: str) -> str:
        text = self[gap] = self._choose(gap)
        return text

    def _choose(self, gap: str) -> str:
        phrases = self._phrases
        match gap:
            case "number":
                return str(phrases.dice.whole(2, 12) * 5)
            case "day":
                return phrases.dice.pick(WEEKDAYS)
            case "month":
                return phrases.dice.pick(MONTHS)
            case "colleague":
                return phrases.dice.pick(phrases.colleagues).split(" ", 1)[0]
            case "customer":
                return phrases.dice.pick(phrases.customers)
        raise KeyError(gap)
