"""Invitations of addresses to organizations, and functions that accept one, sign up, and verify an address."""

from alembic import op

from graphql_app.migrations.access import CHANGE, secure
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "ea5b2c179d04"
down_revision = "e9d4e1a68ca2"
branch_labels = None
depends_on = None

INVITATIONS = """
CREATE TABLE invitations (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    role text NOT NULL,
    expires_at timestamptz NOT NULL,
    token_hash bytea NOT NULL,
    invited_by_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_invitations PRIMARY KEY (organization_id, id),
    CONSTRAINT fk_invitations_organization_id
        FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_invitations_organization_id_invited_by_id
        FOREIGN KEY (organization_id, invited_by_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_invitations_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT ck_invitations_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT ck_invitations_email_format CHECK (email ~ '^[^@\\s]+@[^@\\s]+$')
)
"""
INDEXES = [
    "CREATE UNIQUE INDEX uq_invitations_organization_id_email ON invitations (organization_id, lower(email))",
    "CREATE INDEX ix_invitations_organization_id_invited_by_id_id ON invitations (organization_id, invited_by_id, id)",
    "CREATE INDEX ix_invitations_token_hash ON invitations (token_hash)",
]
COMMENTS = {
    "invitations.organization_id": "ID of the organization.",
    "invitations.id": "ID of the record, a UUIDv7: IDs sort by creation time.",
    "invitations.name": "Name of the user to be, 1-200 characters.",
    "invitations.email": "Email address to which the invitation was sent.",
    "invitations.role": "Role of the user to be.",
    "invitations.expires_at": "Time after which the invitation can no longer be accepted, unless it is sent again.",
    "invitations.token_hash": "SHA-256 hash of the token in the last message.",
    "invitations.invited_by_id": "ID of the owner who sent the invitation.",
    "invitations.created_at": "Time of creation.",
    "invitations.updated_at": "Time of the last change.",
    "invitations.version": "Version of the record, which increases with each change. Pass it as `expectedVersion` to "
    "change the record only at this version.",
}
FIND = """
CREATE FUNCTION find_invitation(token bytea, keys bytea[], steps interval[], period interval)
RETURNS TABLE (wait interval, address text, has_password boolean, parameters text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    wait := public.count_login_attempt(keys, steps, period);
    IF wait IS NULL THEN
        SELECT invited.email, identity.id IS NOT NULL, public.password_parameters(invited.email)
        INTO address, has_password, parameters
        FROM public.invitations AS invited LEFT JOIN public.identities AS identity
            ON identity.email = lower(invited.email) AND identity.verified_at IS NOT NULL
            AND identity.password_hash IS NOT NULL
        WHERE invited.token_hash = token AND invited.expires_at > now();
    END IF;
    RETURN NEXT;
END
$$
"""
ACCEPT = """
CREATE FUNCTION accept_invitation(
    token bytea, password_hash text, viewer_organization uuid, viewer_user uuid, viewer_version integer,
    viewer_session uuid, keys bytea[], steps interval[]
)
RETURNS TABLE (is_refused boolean, tenant uuid, address text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    invited record;
    owner record;
    member uuid;
BEGIN
    SELECT known.* INTO invited FROM public.invitations AS known
    WHERE known.token_hash = token AND known.expires_at > now() FOR UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    is_refused := true;
    SELECT identity.* INTO owner FROM public.identities AS identity
    WHERE identity.email = lower(invited.email) FOR NO KEY UPDATE;
    IF FOUND AND owner.verified_at IS NOT NULL AND owner.password_hash IS NOT NULL THEN
        IF owner.password_hash IS DISTINCT FROM accept_invitation.password_hash AND NOT EXISTS (
            SELECT FROM public.users AS person
            WHERE person.organization_id = viewer_organization AND person.id = viewer_user
                AND person.identity_id = owner.id
                AND NOT EXISTS (SELECT FROM public.ended_viewers(
                    ARRAY[viewer_organization], ARRAY[viewer_user], ARRAY[viewer_version], ARRAY[viewer_session]
                ))
        ) THEN
            RETURN NEXT;
            RETURN;
        END IF;
    ELSIF accept_invitation.password_hash IS NULL THEN
        RETURN NEXT;
        RETURN;
    ELSIF FOUND THEN
        -- signed up, but not verified: the password of that sign-up may be that of another person
        UPDATE public.identities AS identity SET verified_at = now() WHERE identity.id = owner.id;
        PERFORM public.set_password(owner.id, accept_invitation.password_hash, NULL);
    ELSE
        INSERT INTO public.identities (id, email, password_hash, verified_at)
        VALUES (gen_random_uuid(), lower(invited.email), accept_invitation.password_hash, now())
        RETURNING * INTO owner;
    END IF;
    SELECT person.id INTO member FROM public.users AS person
    WHERE person.organization_id = invited.organization_id
        AND (person.identity_id = owner.id OR person.identity_id IS NULL AND lower(person.email) = owner.email)
    ORDER BY person.identity_id NULLS LAST LIMIT 1 FOR NO KEY UPDATE;
    IF FOUND THEN
        -- an active user keeps name and role
        UPDATE public.users AS person
        SET deactivated_at = NULL, identity_id = owner.id, name = invited.name, role = invited.role,
            updated_at = now(), version = person.version + 1
        WHERE person.organization_id = invited.organization_id AND person.id = member
            AND (person.deactivated_at IS NOT NULL OR person.identity_id IS NULL);
    ELSE
        INSERT INTO public.users (organization_id, id, name, email, role, identity_id)
        VALUES (
            invited.organization_id, invited.id, invited.name, invited.email, invited.role, owner.id
        );
    END IF;
    PERFORM public.discount_login_attempt(keys, steps, NULL);
    DELETE FROM public.invitations AS known
    WHERE known.organization_id = invited.organization_id AND known.id = invited.id;
    is_refused := false;
    tenant := invited.organization_id;
    address := owner.email;
    RETURN NEXT;
END
$$
"""
SIGN_UP = """
CREATE FUNCTION sign_up(
    email text, password_hash text, person_name text, identity uuid, member uuid, organization uuid,
    organization_name text, token bytea, lifetime interval, keys bytea[], steps interval[], period interval
)
RETURNS TABLE (wait interval, is_new boolean, is_verified boolean)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
BEGIN
    wait := public.count_login_attempt(keys, steps, period);
    IF wait IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO public.identities (id, email, password_hash)
    VALUES (identity, lower(sign_up.email), sign_up.password_hash) ON CONFLICT DO NOTHING;
    is_new := FOUND;
    is_verified := false;
    IF is_new THEN
        INSERT INTO public.organizations (id, name) VALUES (organization, organization_name);
        INSERT INTO public.users (organization_id, id, name, email, role, identity_id)
        VALUES (organization, member, person_name, sign_up.email, 'OWNER', identity);
        PERFORM public.keep_identity_token(identity, 'VERIFICATION', token, lifetime);
    ELSE
        SELECT known.id, known.verified_at INTO owner FROM public.identities AS known
        WHERE known.email = lower(sign_up.email);
        is_verified := owner.verified_at IS NOT NULL;
        IF owner.id IS NOT NULL AND NOT is_verified THEN
            PERFORM public.keep_identity_token(owner.id, 'VERIFICATION', token, lifetime);
        END IF;
    END IF;
    RETURN NEXT;
END
$$
"""
RESEND = """
CREATE FUNCTION request_verification(
    email text, token bytea, lifetime interval, keys bytea[], steps interval[], period interval
)
RETURNS TABLE (wait interval, address text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
BEGIN
    wait := public.count_login_attempt(keys, steps, period);
    IF wait IS NULL THEN
        SELECT identity.id, identity.email INTO owner FROM public.identities AS identity
        WHERE identity.email = lower(request_verification.email) AND identity.verified_at IS NULL;
        IF FOUND THEN
            PERFORM public.keep_identity_token(owner.id, 'VERIFICATION', token, lifetime);
            address := owner.email;
        END IF;
    END IF;
    RETURN NEXT;
END
$$
"""
VERIFY = """
CREATE FUNCTION verify_email(token bytea, keys bytea[], steps interval[], period interval)
RETURNS TABLE (wait interval, address text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner uuid;
BEGIN
    wait := public.count_login_attempt(keys, steps, period);
    IF wait IS NULL THEN
        SELECT known.identity_id INTO owner FROM public.identity_tokens AS known
        WHERE known.hash = token AND known.purpose = 'VERIFICATION' AND known.expires_at > now();
        IF FOUND THEN
            DELETE FROM public.identity_tokens AS known
            WHERE known.identity_id = owner AND known.purpose = 'VERIFICATION';
            UPDATE public.identities AS identity
            SET verified_at = coalesce(identity.verified_at, now()), updated_at = now()
            WHERE identity.id = owner RETURNING identity.email INTO address;
            PERFORM public.discount_login_attempt(keys, steps, NULL);
        END IF;
    END IF;
    RETURN NEXT;
END
$$
"""
FUNCTIONS = {
    "find_invitation(bytea, bytea[], interval[], interval)": (
        FIND,
        "Counts an attempt to accept an invitation. Returns its address, and the parameters of the password of the "
        "verified identity with this address, if there is one.",
    ),
    "accept_invitation(bytea, text, uuid, uuid, integer, uuid, bytea[], interval[])": (
        ACCEPT,
        "Makes the identity with the address of an invitation a user of the organization, and deletes the invitation. "
        "A verified identity needs this hash of its password, or belongs to the viewer; otherwise the first column is "
        "true. Any other gets the password. No row for an unknown or expired token.",
    ),
    "sign_up(text, text, text, uuid, uuid, uuid, text, bytea, interval, bytea[], interval[], interval)": (
        SIGN_UP,
        "Creates an unverified identity and an organization that it owns, unless the address has an identity.",
    ),
    "request_verification(text, bytea, interval, bytea[], interval[], interval)": (
        RESEND,
        "Counts a request, and stores the hash of a token that verifies the address, which is the second column, if it "
        "has an unverified identity.",
    ),
    "verify_email(bytea, bytea[], interval[], interval)": (
        VERIFY,
        "Marks the address of the identity of a token as verified. Returns the address in the second column, or null, "
        "which counts as a failure.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""


def of_currency(action: str) -> str:
    """Return a statement that alters the currency of organizations, a column of applications older than the engine.

    With a default, the engine can insert organizations until the application has moved the column to its own table.
    """
    exists = "SELECT FROM pg_attribute WHERE attrelid = 'organizations'::regclass AND attname = 'currency'"
    return (
        f"DO $engine$\nBEGIN\nIF EXISTS ({exists}) THEN\n"
        f"ALTER TABLE organizations ALTER COLUMN currency {action};\nEND IF;\nEND $engine$"
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([INVITATIONS, *INDEXES, *secure("invitations", CHANGE)])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    run([of_currency("SET DEFAULT 'EUR'")])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
    run([of_currency("DROP DEFAULT"), "DROP TABLE invitations"])
