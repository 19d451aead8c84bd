"""Texts, posts and comments, from the sentences of a trade with filled placeholders."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schema.seed.organizations import Scene, SeedRow
from schema.seed.people import People
from schema.seed.random_source import NOW, Distribution, RandomSource, moment
from schema.seed.vocabulary import MONTHS, REPLIES, WEEKDAYS, Kind, Trade
from schema.talk.models import Comment, Post


class Topic(NamedTuple):
    """Topic of a task."""

    verb: str
    part: str
    whole: str


class TextGenerator:
    """Texts of one organization. ``colleagues`` and ``customers`` are the names that occur in them."""

    def __init__(self, dice: RandomSource, trade: Trade, colleagues: Sequence[str], customers: Sequence[str]) -> None:
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
        return self._fill(self.dice.pick(self.trade.remarks), Placeholders(self, topic))

    def reply(self) -> str:
        """Return a comment on a post."""
        return self._fill(self.dice.pick(REPLIES), Placeholders(self))

    def post(self) -> tuple[str, str]:
        """Return a title and a body, which mention the same people and days."""
        post, gaps = self.dice.pick(self.trade.posts), Placeholders(self)
        return self._fill(post.title, gaps), self._fill(" ".join(post.sentences), gaps)

    def _describe(self, topic: Topic, customer: str | None) -> str:
        dice, trade, gaps = self.dice, self.trade, Placeholders(self, topic)
        if customer:
            gaps["customer"] = customer
        sentences = [dice.pick(trade.wishes), *dice.some(trade.findings, dice.whole(1, 2))]
        sentences += dice.some(trade.instructions, dice.whole(0, 2))
        return self._fill(" ".join(sentences), gaps)

    @staticmethod
    def _fill(text: str, gaps: "Placeholders") -> str:
        return text.format_map(gaps) if "{" in text else text


class Placeholders(dict[str, str]):
    """Values of the placeholders of one text, each chosen at its first use."""

    def __init__(self, phrases: TextGenerator, topic: Topic | None = None) -> None:
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


class CommentGenerator:
    """Generator of posts and comments, up to the numbers of the shape."""

    def __init__(self, scene: Scene, people: People, phrases: TextGenerator) -> None:
        shape = scene.shape
        on_posts = shape.comments // 5 if shape.tasks else shape.comments
        on_posts = on_posts if shape.posts else 0
        self._scene = scene
        self._people = people
        self._phrases = phrases
        self._remarks = Distribution(scene.dice, shape.comments - on_posts, shape.tasks)
        self._replies = Distribution(scene.dice, on_posts, sum(not is_draft(index) for index in range(shape.posts)))

    def remarks(self, task: UUID, at: datetime, topic: Topic) -> Iterator[SeedRow]:
        """Yield the comments on a task that was created ``at``. Call it once for each task."""
        for when in self._moments(at, self._remarks.next()):
            yield self._comment(when, self._phrases.remark(topic), task=task)

    def posts(self) -> Iterator[SeedRow]:
        """Yield all posts, each with its comments."""
        total = self._scene.shape.posts
        for index in range(total):
            at = moment((index + self._scene.dice.random()) / total)
            id_ = self._scene.new_id(at)
            published = None if is_draft(index) else self._published(at)
            yield self._post(id_, at, published)
            for when in self._moments(published, self._replies.next()) if published else ():
                yield self._comment(when, self._phrases.reply(), post=id_)

    def _post(self, id_: UUID, at: datetime, published: datetime | None) -> SeedRow:
        title, body = self._phrases.post()
        author = self._scene.dice.favor(self._people.users).id
        values = {"author_id": author, "title": title, "body": body, "published_at": published}
        return self._scene.row(Post, at, id_, **values, updated_at=published or at, version=2 if published else 1)

    def _published(self, at: datetime) -> datetime:
        return min(at + self._scene.dice.wait(1), self._scene.dice.between(at, NOW))

    def _comment(self, at: datetime, body: str, *, task: UUID | None = None, post: UUID | None = None) -> SeedRow:
        author = self._scene.dice.favor(self._people.users).id
        return self._scene.row(Comment, at, author_id=author, post_id=post, task_id=task, body=body)

    def _moments(self, since: datetime, number: int) -> list[datetime]:
        """Return so many times between ``since`` and now, in order, most of them soon after ``since``."""
        return sorted(self._scene.dice.soon(since, NOW) for _ in range(number))


def is_draft(index: int) -> bool:
    """Return True if this post has not been published. Drafts have no comments."""
    return index % 6 == 4
