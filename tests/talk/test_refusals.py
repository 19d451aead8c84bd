"""Error cases of every mutation of posts and comments, over HTTP."""

from uuid import uuid4

import pytest

from graphql_app.types.filter_inputs import api_name
from schema.talk.root import Mutation
from tests.support.error_cases import Clients, Refusal, expected, refused, stale, untried
from tests.support.organizations import ALPHA, id_of

POST, DRAFT = str(id_of("posts", 0)), str(id_of("posts", 4))
COMMENT, TASK = str(id_of("comments", 0)), str(id_of("tasks", 0))
UNKNOWN_ID = str(uuid4())
MEMBER = ALPHA.viewer("MEMBER", 2)
NEWS = {"title": "News", "body": "We have moved."}
POSTS = [
    refused("createPost", {"title": "", "body": "x" * 50_001}, "INVALID title", "INVALID body"),
    refused("updatePost", {"id": POST, "title": None, "body": ""}, "INVALID title", "INVALID body"),
    refused("publishPost", {"id": POST}, "CONFLICT id"),
    refused("unpublishPost", {"id": DRAFT}, "CONFLICT id"),
    *(
        case
        for mutation in ("updatePost", "publishPost", "unpublishPost", "deletePost")
        for case in (
            refused(mutation, {"id": UNKNOWN_ID}, "NOT_FOUND id"),
            refused(mutation, {"id": POST}, "FORBIDDEN id", by=MEMBER),
            stale(mutation, {"id": POST}),
        )
    ),
]
COMMENTS = [
    refused("createComment", {"subject": {"postId": POST}, "body": ""}, "INVALID body"),
    refused("createComment", {"subject": {"postId": UNKNOWN_ID}, "body": "Oh."}, "NOT_FOUND subject.postId"),
    refused("createComment", {"subject": {"taskId": UNKNOWN_ID}, "body": "Oh."}, "NOT_FOUND subject.taskId"),
    refused("createComment", {"subject": {"taskId": "7"}, "body": "Oh."}, "INVALID subject.taskId"),
    refused("updateComment", {"id": COMMENT, "body": "x" * 10_001}, "INVALID body"),
    refused("updateComment", {"id": UNKNOWN_ID, "body": "Oh."}, "NOT_FOUND id"),
    refused("updateComment", {"id": COMMENT, "body": "Oh."}, "FORBIDDEN id", by=ALPHA.viewer("OWNER", 1)),
    stale("updateComment", {"id": COMMENT, "body": "Oh."}),
    refused("deleteComment", {"id": UNKNOWN_ID}, "NOT_FOUND id"),
    refused("deleteComment", {"id": COMMENT}, "FORBIDDEN id", by=MEMBER),
    stale("deleteComment", {"id": COMMENT}),
]
CASES = [*POSTS, *COMMENTS]
MUTATIONS = {api_name(each) for each in Mutation.__strawberry_definition__.fields}  # type: ignore[attr-defined]


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_mutation_is_refused(clients: Clients, case: Refusal) -> None:
    assert await clients.errors(case) == expected(case)


def test_every_mutation_refuses_unknown_ids_and_other_versions(clients: Clients) -> None:
    assert not list(untried(clients.schema, MUTATIONS, CASES))


@pytest.mark.parametrize("subject", ["{}", "{postId: null}", '{postId: "7", taskId: "7"}'])
async def test_a_comment_has_exactly_one_subject(clients: Clients, subject: str) -> None:
    query = f'mutation {{ createComment(input: {{subject: {subject}, body: "Oh."}}) {{ comment {{ id }} }} }}'
    token = clients.tokens.issue(MEMBER).text
    response = await clients.http.post("/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"})
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == ["GRAPHQL_VALIDATION_FAILED"]
