"""Examples of the page about writing."""

import json
import re

from tests.docs.code_blocks import blocks
from tests.support.api import Json, Workline

PAGE = "docs/writing.md"
CREATED = '{ tasks(filter: {title: {startsWith: "Replace the valve"}}) { nodes { id creator { name } } } }'


def examples() -> list[tuple[str, str]]:
    """Return each document of the page with the response below it."""
    shown = [block for block in blocks(PAGE) if block.language in ("graphql", "json")]
    assert [block.language for block in shown] == ["graphql", "json"] * (len(shown) // 2)
    return [(sent.text, answered.text) for sent, answered in zip(shown[::2], shown[1::2], strict=True)]


async def created(workline: Workline) -> Json:
    """Create the task of the page's first example."""
    (task,) = (await workline.fetch(CREATED))["tasks"]["nodes"]
    found: Json = task
    return found


async def test_each_example_is_answered_as_shown(own_workline: Workline) -> None:
    documents = examples()
    assert len(documents) == 6
    for number, (document, shown) in enumerate(documents):
        variables = {"id": (await created(own_workline))["id"]} if "$id" in document else {}
        answer = await own_workline.fetch(document, **variables)
        name = (await created(own_workline))["creator"]["name"]
        assert answer == json.loads(shown.replace("$name", name)), number


async def test_a_repeated_call_with_the_same_key_runs_once(own_workline: Workline) -> None:
    (document,) = [document for document, _ in examples() if "@idempotent" in document]
    assert await own_workline.fetch(document) == await own_workline.fetch(document)
    found = await own_workline.fetch('{ tasks(filter: {title: {eq: "Call the customer"}}) { totalCount } }')
    assert found["tasks"]["totalCount"] == 1


async def test_the_document_for_apollo_is_accepted_by_the_api(own_workline: Workline) -> None:
    (program,) = [block.text for block in blocks(PAGE) if block.language == "js"]
    (document,) = re.findall(r"gql`(.*?)`", program, re.DOTALL)
    answer = await own_workline.fetch(document, input={"id": "none", "title": "New"}, key="a")
    assert answer["updateTask"]["errors"][0]["path"] == ["id"]
