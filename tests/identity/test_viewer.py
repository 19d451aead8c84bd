"""Query ``viewer``: the user of the token."""

from uuid import uuid4

from graphql_app.viewer import Viewer
from tests.support.api import Workline
from tests.support.organizations import ALPHA, BRAVO, id_of

VIEWER = "{ viewer { user { id name } organization { id name } } }"


async def test_the_viewer_is_the_token_s_user_and_their_organization(workline: Workline) -> None:
    with workline.statements() as statements:
        data = await workline.fetch(VIEWER, ALPHA.viewer(number=2))
    assert data["viewer"] == {
        "user": {"id": str(id_of("users", 2)), "name": "Alpha users.name 2"},
        "organization": {"id": str(ALPHA.organization), "name": "Alpha organizations.name 0"},
    }
    assert len(statements) == 2


async def test_the_same_user_id_in_another_organization_is_another_viewer(workline: Workline) -> None:
    data = await workline.fetch(VIEWER, BRAVO.viewer(number=2))
    assert data["viewer"]["user"] == {"id": str(id_of("users", 2)), "name": "Bravo users.name 2"}


async def test_a_request_without_a_token_is_unauthenticated(workline: Workline) -> None:
    with workline.statements() as statements:
        assert (await workline.refuse(VIEWER, None))["code"] == "UNAUTHENTICATED"
    assert not statements


async def test_a_token_of_a_deleted_user_is_invalid(workline: Workline) -> None:
    gone = Viewer(uuid4(), ALPHA.organization, "OWNER")
    assert (await workline.refuse("{ viewer { user { id } } }", gone))["code"] == "UNAUTHENTICATED"
