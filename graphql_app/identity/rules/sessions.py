"""Rules of sessions: logout, revocation and the change of the organization."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select

from graphql_app.database.transaction import RuleResult, WriteTransaction
from graphql_app.errors import Invalid, NotFound
from graphql_app.viewer import Viewer

USER, SESSION = bindparam("user_id", type_=Uuid()), bindparam("session_id", type_=Uuid())
END = select(func.end_sessions(USER, SESSION))
SWITCH = select(
    func.switch_session(USER, SESSION, bindparam("wanted", type_=Uuid())).table_valued(
        "tenant", "member_id", "role", "credentials_version"
    )
)
NO_SESSION = "The token belongs to no session. Log in first."


async def log_out(tx: WriteTransaction, *, all_devices: bool | None = None) -> RuleResult:
    """End the viewer's session, or all of the identity and all tokens of its users. Raises Invalid without a session.

    Access tokens of ended sessions are invalid at once for writes, and within seconds for reads.
    """
    if not all_devices and tx.viewer.session_id is None:
        raise Invalid(NO_SESSION)
    session_id = None if all_devices else tx.viewer.session_id
    await tx.fetch(END, user_id=tx.viewer.user_id, session_id=session_id)
    return RuleResult()


async def revoke_session(tx: WriteTransaction, *, id: UUID) -> RuleResult:
    """End a session of the viewer's identity. Raises NotFound."""
    ((ended,),) = await tx.fetch(END, user_id=tx.viewer.user_id, session_id=id)
    if not ended:
        raise NotFound("No open session with this ID.", "id")
    return RuleResult()


async def switch_session(tx: WriteTransaction, organization_id: UUID) -> Viewer:
    """Move the viewer's session to another organization of the identity, and return the viewer there.

    Raises Invalid without a session, and NotFound if the identity has no active user there.
    """
    viewer = tx.viewer
    if viewer.session_id is None:
        raise Invalid(NO_SESSION)
    rows = await tx.fetch(SWITCH, user_id=viewer.user_id, session_id=viewer.session_id, wanted=organization_id)
    if not rows:
        raise NotFound("You are not a member of an organization with this ID.", "organizationId")
    ((tenant, member_id, role, version),) = rows
    return Viewer(member_id, tenant, role, version, viewer.session_id)
