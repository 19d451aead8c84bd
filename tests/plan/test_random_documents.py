"""Any document is answered the same with plans and without, byte for byte."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphql_app.identity.viewer import Viewer
from tests.engine.asking import viewer_of
from tests.engine.examples import examples
from tests.engine.libraries import library
from tests.engine.toy.root import build
from tests.engine.toy.views import OWNER, READER
from tests.plan.both import Both, cursors_in
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.worlds import toy_pools

pytestmark = pytest.mark.fuzz
toy_documents = documents(build().graphql_schema, toy_pools())
viewers = st.builds(
    viewer_of,
    st.sampled_from([library(name).organization for name in ("large", "small")]),
    st.sampled_from([OWNER, READER]),
)


@st.composite
def going_on(draw: st.DrawFn, document: Document, data: Any) -> dict[str, Any]:
    """The variables of a document with cursors that its answer has given, some of them those of another list."""
    found = list(cursors_in(data))
    values = document.values
    for variable, key in document.cursors.items():
        own = [cursor for name, cursor in found if name == key]
        if own or found:
            values[variable] = draw(st.sampled_from(own or [cursor for _, cursor in found]))
    return values


@examples(300)
@given(data=st.data(), document=toy_documents, viewer=viewers)
async def test_of_the_toy(both_toys: Both, data: st.DataObject, document: Document, viewer: Viewer) -> None:
    planned, _ = await both_toys.ask(document.text, viewer, **document.values)
    if document.cursors:
        values = data.draw(going_on(document, planned.body.get("data")))
        await both_toys.ask(document.text, viewer, **values)
