"""Identities of external issuers, which are found, linked by their verified address, or created."""

from alembic import op

from graphql_app.migrations.access import reserve
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "e9d4e1a68ca2"
down_revision = "e8c1a5d70b46"
branch_labels = None
depends_on = None

LOGINS = """
CREATE TABLE external_logins (
    issuer text NOT NULL,
    subject text NOT NULL,
    identity_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_external_logins PRIMARY KEY (issuer, subject),
    CONSTRAINT fk_external_logins_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE SET NULL
)
"""
INDEX = "CREATE INDEX ix_external_logins_identity_id ON external_logins (identity_id)"
COMMENTS = {
    "external_logins.issuer": "Issuer of the tokens.",
    "external_logins.subject": "Name of the person at the issuer.",
    "external_logins.identity_id": "ID of the identity of the person; null if it was deleted with its last user.",
    "external_logins.created_at": "Time of the first token.",
}
# an identity that was deleted with its user is not created again: the user was deactivated
ENTER = """
CREATE FUNCTION enter_by_issuer(
    issuer text, subject text, organization_id uuid, email text, is_verified boolean, name text, role text,
    provision text, new_user_id uuid
)
RETURNS TABLE (reason text, tenant uuid, user_id uuid, stored_role text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner uuid;
    is_known boolean;
    address CONSTANT text := lower(enter_by_issuer.email);
BEGIN
    SELECT known.identity_id INTO owner FROM public.external_logins AS known
    WHERE known.issuer = enter_by_issuer.issuer AND known.subject = enter_by_issuer.subject;
    is_known := FOUND;
    IF owner IS NULL AND provision = 'none' THEN
        -- the issuer names the user by its ID
        RETURN QUERY SELECT NULL::text, person.organization_id, person.id, person.role::text
        FROM public.users AS person
        WHERE person.organization_id = enter_by_issuer.organization_id
            AND person.id::text = enter_by_issuer.subject AND person.deactivated_at IS NULL;
        IF NOT FOUND THEN
            reason := 'UNKNOWN';
            RETURN NEXT;
        END IF;
        RETURN;
    END IF;
    IF owner IS NULL THEN
        IF address = '' OR NOT coalesce(enter_by_issuer.is_verified, false) THEN
            reason := 'EMAIL';
            RETURN NEXT;
            RETURN;
        END IF;
        SELECT identity.id INTO owner FROM public.identities AS identity WHERE identity.email = address FOR UPDATE;
        IF FOUND THEN
            -- whatever was set up with the address before it was verified is not its owner's
            UPDATE public.identities AS identity SET verified_at = now(), password_hash = NULL
            WHERE identity.id = owner AND identity.verified_at IS NULL;
        ELSIF provision = 'link' OR is_known THEN
            reason := 'UNKNOWN';
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;
    IF owner IS NOT NULL THEN
        SELECT person.organization_id, person.id, person.role::text INTO tenant, user_id, stored_role
        FROM public.users AS person
        WHERE person.identity_id = owner AND person.deactivated_at IS NULL
            AND (enter_by_issuer.organization_id IS NULL OR person.organization_id = enter_by_issuer.organization_id)
        ORDER BY person.created_at, person.organization_id LIMIT 1;
    END IF;
    IF user_id IS NULL AND provision <> 'create' THEN
        reason := 'UNKNOWN';
        RETURN NEXT;
        RETURN;
    END IF;
    IF user_id IS NULL THEN
        PERFORM FROM public.organizations AS known WHERE known.id = enter_by_issuer.organization_id;
        IF NOT FOUND THEN
            reason := 'ORGANIZATION';
            RETURN NEXT;
            RETURN;
        END IF;
        IF address = '' OR NOT coalesce(enter_by_issuer.is_verified, false) THEN
            reason := 'EMAIL';
            RETURN NEXT;
            RETURN;
        END IF;
        IF owner IS NULL THEN
            owner := gen_random_uuid();
            INSERT INTO public.identities (id, email, verified_at) VALUES (owner, address, now());
        END IF;
        tenant := enter_by_issuer.organization_id;
        user_id := enter_by_issuer.new_user_id;
        stored_role := coalesce(enter_by_issuer.role, 'MEMBER');
        INSERT INTO public.users (organization_id, id, name, email, role, identity_id)
        VALUES (tenant, user_id, coalesce(nullif(enter_by_issuer.name, ''), left(enter_by_issuer.email, 200)),
            enter_by_issuer.email, stored_role, owner);
    END IF;
    INSERT INTO public.external_logins AS known (issuer, subject, identity_id)
    VALUES (enter_by_issuer.issuer, enter_by_issuer.subject, owner)
    ON CONFLICT ON CONSTRAINT pk_external_logins DO UPDATE SET identity_id = excluded.identity_id
    WHERE known.identity_id IS NULL;
    RETURN NEXT;
EXCEPTION
    WHEN unique_violation OR check_violation THEN
        reason := 'TAKEN';
        tenant := NULL;
        user_id := NULL;
        stored_role := NULL;
        RETURN NEXT;
END
$$
"""
FUNCTIONS = {
    "enter_by_issuer(text, text, uuid, text, boolean, text, text, text, uuid)": (
        ENTER,
        "The user of a person at an external issuer, linked by its verified address or created as provision says, or "
        "the reason to refuse it.",
    ),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([LOGINS, INDEX, *reserve("external_logins")])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
    op.execute("DROP TABLE external_logins")
