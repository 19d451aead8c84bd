"""Posts, and comments on posts and tasks."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from schema.seed.dice import Deal
from schema.seed.moments import NOW, moment
from schema.seed.people import People
from schema.seed.phrases import Phrases, Topic
from schema.seed.scene import Row, Scene
from schema.talk.models import Comment, Post


class Talk:
    """Generator of posts and comments, up to the numbers of the shape."""

    def __init__(self, scene: Scene, people: People, phrases: Phrases) -> None:
        shape = scene.shape
        on_posts = shape.comments // 5 if shape.tasks else shape.comments
        on_posts = on_posts if shape.posts else 0
        self._scene = scene
        self._people = people
        self._phrases = phrases
        self._remarks = Deal(scene.dice, shape.comments - on_posts, shape.tasks)
        self._replies = Deal(scene.dice, on_posts, sum(not is_draft(index) for index in range(shape.posts)))

    def remarks(self, task: UUID, at: datetime, topic: Topic) -> Iterator[Row]:
        """Yield the comments on a task that was created ``at``. Call it once for each task."""
        for when in self._moments(at, self._remarks.next()):
            yield self._comment(when, self._phrases.remark(topic), task=task)

    def posts(self) -> Iterator[Row]:
        """Yield all posts, each with its comments."""
        total = self._scene.shape.posts
        for index in range(total):
            at = moment((index + self._scene.dice.random()) / total)
            id_ = self._scene.new_id(at)
            published = None if is_draft(index) else self._published(at)
            yield self._post(id_, at, published)
            for when in self._moments(published, self._replies.next()) if published else ():
                yield self._comment(when, self._phrases.reply(), post=id_)

    def _post(self, id_: UUID, at: datetime, published: datetime | None) -> Row:
        title, body = self._phrases.post()
        author = self._scene.dice.favour(self._people.users).id
        values = {"author_id": author, "title": title, "body": body, "published_at": published}
        return self._scene.row(Post, at, id_, **values, updated_at=published or at, version=2 if published else 1)

    def _published(self, at: datetime) -> datetime:
        return min(at + self._scene.dice.wait(1), self._scene.dice.between(at, NOW))

    def _comment(self, at: datetime, body: str, *, task: UUID | None = None, post: UUID | None = None) -> Row:
        author = self._scene.dice.favour(self._people.users).id
        return self._scene.row(Comment, at, author_id=author, post_id=post, task_id=task, body=body)

    def _moments(self, since: datetime, number: int) -> list[datetime]:
        """Return so many times between ``since`` and now, in order, most of them soon after ``since``."""
        return sorted(self._scene.dice.soon(since, NOW) for _ in range(number))


def is_draft(index: int) -> bool:
    """Return True if this post has not been published. Drafts have no comments."""
    return index % 6 == 4
