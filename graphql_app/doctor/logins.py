"""Checks of the rows of users and of the addresses that they log in with."""

from base64 import b64encode

from graphql_app.doctor.findings import Severity
from graphql_app.doctor.rows import RowCheck
from graphql_app.identity.seed import SALT

IDENTITIES = RowCheck(
    name="identities",
    query="""
        SELECT identities.email AS "login", identities.id AS identity FROM identities
        WHERE NOT EXISTS (SELECT FROM users WHERE users.identity_id = identities.id)""",
    sound="Every login address belongs to a user",
    unsound="login addresses belong to no user",
    remedy=None,
    level=Severity.OK,
)
USERS = RowCheck(
    name="users",
    query="""
        SELECT users.organization_id AS organization, users.id AS user FROM users
        WHERE deactivated_at IS NULL AND identity_id IS NULL""",
    sound="Every active user has a login address",
    unsound="active users have no login address",
    remedy=None,
    level=Severity.OK,
)
CHECKS = (IDENTITIES, USERS)


def published_passwords() -> RowCheck:
    """Return the check that no user has the password of seeded organizations, which is published."""
    # the salt of these hashes is fixed, and part of each hash
    mark = b64encode(SALT).decode().rstrip("=")
    return RowCheck(
        name="demo organizations",
        query=f"""
            SELECT organization_id AS organization, count(*) AS users
            FROM identities JOIN users ON users.identity_id = identities.id
            WHERE strpos(password_hash, '${mark}$') > 0 GROUP BY 1 ORDER BY 1""",  # noqa: S608 (a constant)
        sound="No user has the demo's password",
        unsound="organizations have users with the demo's password, which is public",
        remedy="Serve another database, or have an administrator delete these organizations.",
    )
