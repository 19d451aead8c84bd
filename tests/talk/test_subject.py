"""Field ``Comment.subject``: the task or the post of the comment."""

import pytest

from tests.support.api import Json, Workline
from tests.support.organizations import id_of

pytestmark = pytest.mark.both_modes

SUBJECT = "subject { __typename ... on Task { id title } ... on Post { id author { name } } }"


def subject(number: int) -> Json:
    """Even comments are on the first post, odd ones on the first task."""
    if number % 2:
        return {"__typename": "Task", "id": str(id_of("tasks", 0)), "title": "Alpha tasks.title 0"}
    return {"__typename": "Post", "id": str(id_of("posts", 0)), "author": {"name": "Alpha users.name 0"}}


async def test_a_list_of_comments_has_subjects_of_both_kinds(workline: Workline) -> None:
    with workline.statements() as statements:
        data = await workline.fetch(f"{{ comments {{ nodes {{ {SUBJECT} }} }} }}")
    assert data["comments"]["nodes"] == [{"subject": subject(number)} for number in range(5)]
    assert len(statements) == (3 if workline.by_plans else 4), "comments, tasks, posts, and separately their authors"


@pytest.mark.parametrize("number", [0, 1])
async def test_only_the_tables_of_subjects_are_read(workline: Workline, number: int) -> None:
    plain = SUBJECT.replace("author { name }", "body")
    with workline.statements() as statements:
        await workline.fetch(
            f"query ($id: ID!) {{ comment(id: $id) {{ {plain} }} }}", id=str(id_of("comments", number))
        )
    assert len(statements) == 2


@pytest.mark.parametrize(("relation", "rows"), [("post", 3), ("task", 2)])
async def test_comments_are_filtered_by_their_subject(workline: Workline, relation: str, rows: int) -> None:
    conditions = [f"{{{relation}: {{}}}}", f"{{{relation}Id: {{isNull: false}}}}"]
    for condition in conditions:
        data = await workline.fetch(f"{{ comments(filter: {condition}) {{ totalCount }} }}")
        assert data["comments"]["totalCount"] == rows
