"""What is plain is answered by plans alone: whatever is selected, how often and in which order, nothing falls back."""

from hypothesis import assume, given
from hypothesis import strategies as st

from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.examples import examples
from tests.plan.both import Both
from tests.plan.demo_world import DemoWorld
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.test_random_documents import TOY
from tests.plan.toy_world import toy_pools, viewers


async def ask_plainly(both: Both, document: Document, viewer: Viewer) -> None:
    """Nothing falls back, and nothing goes wrong."""
    planned, _ = await both.ask(document.text, viewer, **document.values)
    # fields of two types that share a key have to be of one type, which is not drawn for
    assume("GRAPHQL_VALIDATION_FAILED" not in (error["extensions"]["code"] for error in planned.errors))
    assert (planned.fell_back, planned.errors) == (None, []), document.text


@examples(20)
@given(document=documents(TOY, toy_pools(), plain=True))
async def test_of_the_toy(both_toys: Both, document: Document) -> None:
    await ask_plainly(both_toys, document, viewers()[0])


@examples(20)
@given(data=st.data())
async def test_of_the_real_schema(
    both_demos: Both, workline_api: Api, demo_world: DemoWorld, data: st.DataObject
) -> None:
    document = data.draw(documents(workline_api.graphql_schema, demo_world.pools, plain=True))
    await ask_plainly(both_demos, document, data.draw(st.sampled_from(demo_world.viewers[:2])))
