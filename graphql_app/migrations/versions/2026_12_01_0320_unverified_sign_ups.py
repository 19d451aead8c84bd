"""Removal of sign-ups whose address was never verified."""

from alembic import op

from graphql_app.migrations.tables import create_functions, drop_functions

revision = "f0b18273f36a"
down_revision = "efa07162e259"
branch_labels = None
depends_on = None

REMOVE = """
CREATE FUNCTION remove_unverified_sign_ups(age interval, most integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    stale uuid[];
    places uuid[];
BEGIN
    -- a sign-up creates identity, organization and owner at the same time; nothing else may refer to the identity
    SELECT array_agg(locked.id) INTO stale FROM (
        SELECT identity.id FROM public.identities AS identity
        WHERE identity.verified_at IS NULL AND identity.created_at < now() - age
            AND NOT EXISTS (
                SELECT FROM public.identity_tokens AS token
                WHERE token.identity_id = identity.id AND token.expires_at > now()
            )
            AND EXISTS (SELECT FROM public.users AS person WHERE person.identity_id = identity.id)
            AND NOT EXISTS (
                SELECT FROM public.users AS person
                JOIN public.organizations AS organization ON organization.id = person.organization_id
                WHERE person.identity_id = identity.id AND (
                    organization.created_at <> identity.created_at OR EXISTS (
                        SELECT FROM public.users AS other
                        WHERE other.organization_id = person.organization_id AND other.id <> person.id
                    )
                )
            )
        ORDER BY identity.created_at LIMIT most FOR UPDATE OF identity SKIP LOCKED
    ) AS locked;
    SELECT array_agg(person.organization_id) INTO places FROM public.users AS person
    WHERE person.identity_id = ANY (stale);
    DELETE FROM public.organizations AS organization WHERE organization.id = ANY (places);
    DELETE FROM public.identities AS identity WHERE identity.id = ANY (stale);
    RETURN coalesce(cardinality(stale), 0);
END
$$
"""
FUNCTIONS = {
    "remove_unverified_sign_ups(interval, integer)": (
        REMOVE,
        "Deletes sign-ups of at least this age whose address was not verified, at most this many: organization, owner "
        "and identity. Returns their number.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
