"""Function that finds the viewers among those of open sockets whose access has ended."""

from alembic import op

from graphql_app.migrations.tables import create_functions, drop_functions

revision = "e5f9c4d20a38"
down_revision = "e4e8b3c19f27"
branch_labels = None
depends_on = None

ENDED_VIEWERS = """
CREATE FUNCTION ended_viewers(organizations uuid[], users uuid[], versions integer[], sessions uuid[])
RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT given.place::integer
    FROM unnest(organizations, users, versions, sessions) WITH ORDINALITY
        AS given(organization_id, user_id, version, session_id, place)
    LEFT JOIN public.users AS person
        ON person.organization_id = given.organization_id AND person.id = given.user_id
        AND person.deactivated_at IS NULL AND person.credentials_version = given.version
    LEFT JOIN public.auth_sessions AS session
        ON session.id = given.session_id AND session.organization_id = given.organization_id
        AND session.user_id = given.user_id AND session.revoked_at IS NULL AND session.expires_at > now()
    WHERE person.id IS NULL OR given.session_id IS NOT NULL AND session.id IS NULL
$$
"""
FUNCTIONS = {
    "ended_viewers(uuid[], uuid[], integer[], uuid[])": (
        ENDED_VIEWERS,
        "Places, from 1, of the viewers among the given ones whose access or session has ended.",
    )
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
