"""Effects over HTTP of the mutations of posts and comments, and their statements."""

from typing import Any

import pytest

from tests.support.api import Json, Workline
from tests.support.error_cases import Clients
from tests.support.organizations import ALPHA, id_of
from tests.support.statements import sent_by

POST, DRAFT, TASK = str(id_of("posts", 0)), str(id_of("posts", 4)), str(id_of("tasks", 0))
COMMENT = str(id_of("comments", 0))
AUTHOR = ALPHA.viewer("MEMBER", 1)
SHOWN = "post { id title body publishedAt version author { id } } errors { code path }"


async def post(clients: Clients, mutation: str, **input: Any) -> Json:
    """Run a mutation as Alpha's second user and return its post, or fail."""
    payload = await clients.mutate(mutation, input, AUTHOR, SHOWN)
    assert payload["errors"] == []
    shown: Json = payload["post"]
    return shown


async def test_a_post_is_created_published_withdrawn_and_deleted_by_its_author(own_clients: Clients) -> None:
    written = await post(own_clients, "createPost", title="News", body="We have moved.")
    assert (written["publishedAt"], written["author"]["id"]) == (None, str(AUTHOR.user_id))
    id = written["id"]
    assert (await post(own_clients, "publishPost", id=id, expectedVersion=1))["publishedAt"]
    changed = await post(own_clients, "updatePost", id=id, body="We have moved to the harbor.")
    assert (changed["title"], changed["body"], changed["version"]) == ("News", "We have moved to the harbor.", 3)
    assert (await post(own_clients, "unpublishPost", id=id))["publishedAt"] is None
    gone = await own_clients.mutate("deletePost", {"id": id}, AUTHOR, "deletedId errors { code }")
    assert gone == {"deletedId": id, "errors": []}


@pytest.mark.parametrize(("field", "id", "kind"), [("postId", POST, "Post"), ("taskId", TASK, "Task")])
async def test_a_comment_is_created_changed_and_deleted_by_its_author(
    own_clients: Clients, field: str, id: str, kind: str
) -> None:
    selected = "comment { id body version subject { __typename ... on Node { id } } author { id } } errors { code }"
    given = {"subject": {field: id}, "body": "Well done."}
    made = (await own_clients.mutate("createComment", given, AUTHOR, selected))["comment"]
    assert (made["subject"], made["author"]) == ({"__typename": kind, "id": id}, {"id": str(AUTHOR.user_id)})
    changed = await own_clients.mutate("updateComment", {"id": made["id"], "body": "Very."}, AUTHOR, selected)
    assert (changed["comment"]["body"], changed["comment"]["version"]) == ("Very.", 2)
    gone = await own_clients.mutate("deleteComment", {"id": made["id"]}, AUTHOR, "deletedId errors { code }")
    assert gone == {"deletedId": made["id"], "errors": []}


PINNED: dict[str, tuple[Json, list[str]]] = {
    "createPost": ({"title": "News", "body": "Oh."}, ["insert posts"]),
    "updatePost": ({"id": POST, "title": "News"}, ["lock posts", "update posts"]),
    "publishPost": ({"id": DRAFT}, ["lock posts", "update posts"]),
    "unpublishPost": ({"id": POST}, ["lock posts", "update posts"]),
    "deletePost": ({"id": POST}, ["lock posts", "delete posts and tell"]),
    "createComment": ({"subject": {"taskId": TASK}, "body": "Oh."}, ["insert comments"]),
    "updateComment": ({"id": COMMENT, "body": "Oh."}, ["lock comments", "update comments"]),
    "deleteComment": ({"id": COMMENT}, ["delete comments"]),
}


@pytest.mark.parametrize("mutation", PINNED)
async def test_a_mutation_takes_these_statements(own_workline: Workline, mutation: str) -> None:
    input, expected = PINNED[mutation]
    assert await sent_by(own_workline, mutation, input, "") == expected
