"""Random documents: the same bytes with plans and without.

``make fuzz`` draws other documents each time, and many more of them.
"""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.examples import examples
from tests.engine.toy.root import build
from tests.plan.demo_values import DemoWorld
from tests.plan.differential import Both, cursors_in
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.toy_values import toy_pools, viewers

TOY = build().graphql_schema


@st.composite
def with_cursors(draw: st.DrawFn, document: Document, data: Any) -> dict[str, Any]:
    """Return the variables of a document with cursors of its answer, or of another list if there are none."""
    found = list(cursors_in(data))
    values = document.values
    for variable, key in document.cursors.items():
        own = [cursor for name, cursor in found if name == key]
        if found:
            values[variable] = draw(st.sampled_from(own or [cursor for _, cursor in found]))
    return values


async def ask_two_pages(both: Both, document: Document, viewer: Viewer, data: st.DataObject) -> None:
    """Execute a document, and again with the cursors of its answer, like a client that reads the next page."""
    planned, _ = await both.fetch(document.text, viewer, **document.values)
    if document.cursors:
        await both.fetch(document.text, viewer, **data.draw(with_cursors(document, planned.body.get("data"))))


@examples(50)
@given(data=st.data(), document=documents(TOY, toy_pools()), viewer=st.sampled_from(viewers()))
async def test_documents_of_the_toy(both_toys: Both, data: st.DataObject, document: Document, viewer: Viewer) -> None:
    await ask_two_pages(both_toys, document, viewer, data)


@examples(35)
@given(data=st.data())
async def test_documents_of_the_real_schema(
    both_demos: Both, workline_api: Api, demo_world: DemoWorld, data: st.DataObject
) -> None:
    document = data.draw(documents(workline_api.graphql_schema, demo_world.pools))
    viewer = data.draw(st.sampled_from(demo_world.viewers))
    await ask_two_pages(both_demos, document, viewer, data)
