"""Plain documents: completely planned, whatever the selection, repetition and order."""

from hypothesis import assume, given
from hypothesis import strategies as st

from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.examples import examples
from tests.plan.demo_values import DemoWorld
from tests.plan.differential import Both
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.test_random_documents import TOY
from tests.plan.toy_values import toy_pools, viewers


async def ask_planned(both: Both, document: Document, viewer: Viewer) -> None:
    """Execute a document, and assert that it is planned and has no errors."""
    planned, _ = await both.fetch(document.text, viewer, **document.values)
    # fields of two types with one key must have the same type, which the strategy does not ensure
    assume("GRAPHQL_VALIDATION_FAILED" not in (error["extensions"]["code"] for error in planned.errors))
    assert (planned.fell_back, planned.errors) == (None, []), document.text


@examples(20)
@given(document=documents(TOY, toy_pools(), plain=True))
async def test_documents_of_the_toy_are_planned(both_toys: Both, document: Document) -> None:
    await ask_planned(both_toys, document, viewers()[0])


@examples(20)
@given(data=st.data())
async def test_documents_of_the_real_schema_are_planned(
    both_demos: Both, workline_api: Api, demo_world: DemoWorld, data: st.DataObject
) -> None:
    document = data.draw(documents(workline_api.graphql_schema, demo_world.pools, plain=True))
    await ask_planned(both_demos, document, data.draw(st.sampled_from(demo_world.viewers[:2])))
