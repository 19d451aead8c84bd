"""Tokens that are sent to addresses, and functions that set a password by a token or by the current password."""

from alembic import op

from graphql_app.migrations.access import SYSTEM, reserve
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "e7b2c9e46a80"
down_revision = "e6a1b8d35f79"
branch_labels = None
depends_on = None

TOKENS = """
CREATE TABLE identity_tokens (
    hash bytea NOT NULL,
    purpose text NOT NULL,
    identity_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_identity_tokens PRIMARY KEY (hash),
    CONSTRAINT fk_identity_tokens_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE,
    CONSTRAINT ck_identity_tokens_purpose CHECK (purpose IN ('RESET', 'VERIFICATION'))
)
"""
INDEXES = [
    "CREATE INDEX ix_identity_tokens_identity_id ON identity_tokens (identity_id)",
    "CREATE INDEX ix_identity_tokens_expires_at ON identity_tokens (expires_at)",
]
COMMENTS = {
    "identity_tokens.hash": "SHA-256 hash of the token.",
    "identity_tokens.purpose": "Change that the token allows.",
    "identity_tokens.identity_id": "ID of the identity to whose address the token was sent.",
    "identity_tokens.created_at": "Time of issue.",
    "identity_tokens.expires_at": "Time after which the token is invalid.",
}
EMAIL_OF = """
CREATE FUNCTION email_of(user_id uuid)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT identity.email
    FROM public.users AS person JOIN public.identities AS identity ON identity.id = person.identity_id
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid AND person.id = email_of.user_id
$$
"""
KEEP = """
CREATE FUNCTION keep_identity_token(identity uuid, purpose text, token bytea, lifetime interval)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM public.identity_tokens AS known WHERE known.hash IN (
        SELECT expired.hash FROM public.identity_tokens AS expired
        WHERE expired.expires_at < now() ORDER BY expired.expires_at LIMIT 10 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO public.identity_tokens (hash, purpose, identity_id, expires_at)
    VALUES (token, keep_identity_token.purpose, identity, now() + lifetime)
$$
"""
SET_HASH = """
CREATE FUNCTION set_password(identity uuid, password_hash text, kept_session uuid)
RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE public.identities AS changed SET password_hash = set_password.password_hash, updated_at = now()
    WHERE changed.id = identity;
    DELETE FROM public.identity_tokens AS known WHERE known.identity_id = identity AND known.purpose = 'RESET';
    UPDATE public.auth_sessions AS session SET revoked_at = now()
    WHERE session.identity_id = identity AND session.revoked_at IS NULL AND session.id IS DISTINCT FROM kept_session;
    WITH changed AS (
        UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
        WHERE person.identity_id = identity RETURNING person.id
    )
    SELECT count(pg_notify('workline_access', changed.id::text)) FROM changed
$$
"""
REQUEST = """
CREATE FUNCTION request_password_reset(
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
        WHERE identity.email = lower(request_password_reset.email) AND EXISTS (
            SELECT FROM public.users AS person
            WHERE person.identity_id = identity.id AND person.deactivated_at IS NULL
        );
        IF FOUND THEN
            PERFORM public.keep_identity_token(owner.id, 'RESET', token, lifetime);
            address := owner.email;
        END IF;
    END IF;
    RETURN NEXT;
END
$$
"""
FIND = """
CREATE FUNCTION find_identity_token(
    token bytea, purpose text, keys bytea[], steps interval[], period interval
)
RETURNS TABLE (wait interval, address text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    wait := public.count_login_attempt(keys, steps, period);
    IF wait IS NULL THEN
        SELECT identity.email INTO address
        FROM public.identity_tokens AS known JOIN public.identities AS identity ON identity.id = known.identity_id
        WHERE known.hash = token AND known.purpose = find_identity_token.purpose AND known.expires_at > now();
        IF FOUND THEN
            PERFORM public.discount_login_attempt(keys, steps, NULL);
        END IF;
    END IF;
    RETURN NEXT;
END
$$
"""
RESET = """
CREATE FUNCTION reset_password(token bytea, password_hash text)
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner uuid;
    address text;
BEGIN
    DELETE FROM public.identity_tokens AS known
    WHERE known.hash = token AND known.purpose = 'RESET' AND known.expires_at > now()
    RETURNING known.identity_id INTO owner;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- the token has arrived at the address
    UPDATE public.identities AS identity SET verified_at = coalesce(identity.verified_at, now())
    WHERE identity.id = owner RETURNING identity.email INTO address;
    PERFORM public.set_password(owner, reset_password.password_hash, NULL);
    RETURN address;
END
$$
"""
CHANGE = """
CREATE FUNCTION change_password(
    email text, password_hash text, new_hash text, organization_id uuid, user_id uuid, session_id uuid,
    keys bytea[], steps interval[], known interval
)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner uuid;
    version integer;
BEGIN
    SELECT identity.id INTO owner
    FROM public.identities AS identity JOIN public.users AS person ON person.identity_id = identity.id
    WHERE identity.email = lower(change_password.email) AND identity.password_hash = change_password.password_hash
        AND person.organization_id = change_password.organization_id AND person.id = change_password.user_id
        AND person.deactivated_at IS NULL
    FOR NO KEY UPDATE OF identity;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM public.discount_login_attempt(keys, steps, known);
    PERFORM public.set_password(owner, new_hash, session_id);
    SELECT person.credentials_version INTO version FROM public.users AS person
    WHERE person.organization_id = change_password.organization_id AND person.id = change_password.user_id;
    RETURN version;
END
$$
"""
FUNCTIONS = {
    "email_of(uuid)": (EMAIL_OF, "Address of the identity of a user of this organization, or null."),
    "request_password_reset(text, bytea, interval, bytea[], interval[], interval)": (
        REQUEST,
        "Counts a request, and stores the hash of a token for a new password if the address logs in: then it is the "
        "second column.",
    ),
    "find_identity_token(bytea, text, bytea[], interval[], interval)": (
        FIND,
        "Address of the identity of a token that has not expired, in the second column, or null, which counts as a "
        "failure.",
    ),
    "reset_password(bytea, text)": (
        RESET,
        "Sets a password by a token, which it deletes, and ends all sessions. Returns the address, or null.",
    ),
    "change_password(text, text, text, uuid, uuid, uuid, bytea[], interval[], interval)": (
        CHANGE,
        "Sets a password if this is the stored hash of the current one, and ends all other sessions. Returns the "
        "credentials version of the user, or null.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""
PARTS = {
    "keep_identity_token(uuid, text, bytea, interval)": KEEP,
    "set_password(uuid, text, uuid)": SET_HASH,
}
"""Functions that only others of ``workline_system`` call."""


def reserve_function(function: str) -> list[str]:
    """Return statements that let only ``workline_system`` call a function, with its rights."""
    return [
        f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
        f"GRANT CREATE ON SCHEMA public TO {SYSTEM}",
        f"ALTER FUNCTION {function} OWNER TO {SYSTEM}",
        f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM}",
    ]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([TOKENS, *INDEXES, *reserve("identity_tokens")])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    for function, definition in PARTS.items():
        run([definition, *reserve_function(function)])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions([*FUNCTIONS, *PARTS])
    op.execute("DROP TABLE identity_tokens")
