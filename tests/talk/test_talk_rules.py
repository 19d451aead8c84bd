"""Rules of posts and comments, tested without GraphQL: rights to change and delete them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from graphql_app.errors import Conflict, Denied, Invalid, NotFound
from schema.talk.models import Comment, Post
from schema.talk.rules import comments, posts
from tests.support.organizations import id_of
from tests.support.rule_runner import Ruling, refusal

AUTHOR, OTHER_USER = id_of("users", 1), id_of("users", 2)
POST, DRAFT, TASK = id_of("posts", 2), id_of("posts", 4), id_of("tasks", 1)
COMMENT = id_of("comments", 2)
ON_POSTS = {
    "update": lambda tx, id: posts.update_post(tx, id=id, title="Other"),
    "publish": lambda tx, id: posts.publish_post(tx, id=id),
    "unpublish": lambda tx, id: posts.unpublish_post(tx, id=id),
    "delete": lambda tx, id: posts.delete_post(tx, id=id),
}
Doing = Callable[[Any, UUID], Any]
on_posts = pytest.mark.parametrize("doing", ON_POSTS.values(), ids=ON_POSTS)


async def test_a_post_is_a_draft_before_publication_and_after_withdrawal(ruling: Ruling) -> None:
    post = await ruling.run(lambda tx: posts.create_post(tx, title="News", body="We have moved."), by=AUTHOR)
    assert (post.author_id, post.published_at) == (AUTHOR, None)
    published = await ruling.run(lambda tx: posts.publish_post(tx, id=post.id))
    assert published.published_at is not None
    assert await refusal(ruling.run(lambda tx: posts.publish_post(tx, id=post.id))) == [(Conflict, ("id",))]
    back = await ruling.run(lambda tx: posts.unpublish_post(tx, id=post.id))
    assert (back.published_at, back.version) == (None, 3)
    assert await refusal(ruling.run(lambda tx: posts.unpublish_post(tx, id=post.id))) == [(Conflict, ("id",))]


@on_posts
async def test_only_the_author_and_managers_may_change_a_post(ruling: Ruling, doing: Doing) -> None:
    id = DRAFT if doing is ON_POSTS["publish"] else POST
    author = (await ruling.run(lambda tx: tx.find(Post, id))).author_id  # type: ignore[union-attr]
    actor = AUTHOR if author != AUTHOR else OTHER_USER
    assert await refusal(ruling.run(lambda tx: doing(tx, id), by=actor, role="MEMBER")) == [(Denied, ("id",))]
    assert await refusal(ruling.run(lambda tx: doing(tx, uuid4()), by=author)) == [(NotFound, ("id",))]
    assert (await ruling.run(lambda tx: doing(tx, id), by=author, role="MEMBER")).id == id


@on_posts
async def test_managers_may_change_any_post(ruling: Ruling, doing: Doing) -> None:
    id = DRAFT if doing is ON_POSTS["publish"] else POST
    assert (await ruling.run(lambda tx: doing(tx, id), by=OTHER_USER, role="MANAGER")).id == id


@pytest.mark.parametrize("subject", [{"post_id": POST}, {"task_id": TASK}])
async def test_a_comment_is_on_a_post_or_on_a_task(ruling: Ruling, subject: comments.Subject) -> None:
    made = await ruling.run(lambda tx: comments.create_comment(tx, subject=subject, body="Well done."), by=AUTHOR)
    assert {name: getattr(made, name) for name in subject} == subject
    assert made.author_id == AUTHOR


@pytest.mark.parametrize(("name", "path"), [("post_id", "postId"), ("task_id", "taskId")])
async def test_a_comment_on_an_unknown_subject_is_refused(ruling: Ruling, name: str, path: str) -> None:
    subject: Any = {name: uuid4()}
    making = ruling.run(lambda tx: comments.create_comment(tx, subject=subject, body="Well done."))
    assert await refusal(making) == [(NotFound, ("subject", path))]


async def test_a_blank_comment_is_refused(ruling: Ruling) -> None:
    making = ruling.run(lambda tx: comments.create_comment(tx, subject={"post_id": POST}, body=""))
    assert await refusal(making) == [(Invalid, ("body",))]


async def test_a_comment_may_be_changed_by_its_author_and_by_managers(ruling: Ruling) -> None:
    async def change(by: UUID, role: str) -> Comment:
        return await ruling.run(lambda tx: comments.update_comment(tx, id=COMMENT, body="Oh."), by=by, role=role)

    async def delete(by: UUID, role: str) -> Comment:
        return await ruling.run(lambda tx: comments.delete_comment(tx, id=COMMENT), by=by, role=role)

    assert (await change(AUTHOR, "MEMBER")).body == "Oh."
    assert await refusal(change(OTHER_USER, "MEMBER")) == [(Denied, ("id",))]
    assert await refusal(delete(OTHER_USER, "MEMBER")) == [(Denied, ("id",))]
    assert (await delete(OTHER_USER, "MANAGER")).id == COMMENT
    assert await refusal(delete(AUTHOR, "MEMBER")) == [(NotFound, ("id",))]


async def test_a_text_of_another_version_is_a_conflict(ruling: Ruling) -> None:
    seen = 99
    changing = ruling.run(
        lambda tx: comments.update_comment(tx, id=COMMENT, body="Oh.", expected_version=seen), by=AUTHOR
    )
    assert await refusal(changing) == [(Conflict, ("expectedVersion",))]
    deleting = ruling.run(lambda tx: posts.delete_post(tx, id=POST, expected_version=seen))
    assert await refusal(deleting) == [(Conflict, ("expectedVersion",))]
