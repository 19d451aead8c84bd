"""Second step of logins: time-based codes of an authenticator app (RFC 6238), and recovery codes."""

from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, reserve
from graphql_app.migrations.tables import create_functions, drop_functions, earlier, run

revision = "eb6c3d28ae15"
down_revision = "ea5b2c179d04"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE identities
    ADD COLUMN totp_secret text, ADD COLUMN totp_enabled_at timestamptz, ADD COLUMN totp_step bigint
"""
CODES = """
CREATE TABLE recovery_codes (
    identity_id uuid NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (identity_id, hash),
    CONSTRAINT fk_recovery_codes_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE
)
"""
COMMENTS = {
    "identities.totp_secret": "Base32 secret of the authenticator app; null without one.",
    "identities.totp_enabled_at": "Time from which logins require a code; null if they do not.",
    "identities.totp_step": "Number of the 30-second step of the last code that was accepted.",
    "recovery_codes.identity_id": "ID of the identity that may use the code.",
    "recovery_codes.hash": "SHA-256 hash of the code.",
}
SECOND_STEP = """
CREATE FUNCTION pass_second_step(identity uuid, step bigint, recovery bytea)
RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM FROM public.identities AS owner WHERE owner.id = identity AND owner.totp_enabled_at IS NOT NULL
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN true;
    END IF;
    -- each step is accepted once
    UPDATE public.identities AS owner SET totp_step = step WHERE owner.id = identity AND owner.totp_step < step;
    IF FOUND THEN
        RETURN true;
    END IF;
    DELETE FROM public.recovery_codes AS code WHERE code.identity_id = identity AND code.hash = recovery;
    RETURN FOUND;
END
$$
"""
OPEN_SESSION = """
CREATE FUNCTION open_session(
    email text, password_hash text, organization_id uuid, session_id uuid, token bytea, lifetime interval,
    client text, address text, keys bytea[], steps interval[], known interval, step bigint, recovery bytea
)
RETURNS TABLE (
    is_verified boolean, totp_secret text, tenant uuid, user_id uuid, role text, credentials_version integer
)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
    member record;
BEGIN
    -- locked, so that a password that is changed at the same time ends this session, too
    SELECT identity.id, identity.verified_at, identity.totp_secret INTO owner FROM public.identities AS identity
    WHERE identity.email = lower(open_session.email) AND identity.password_hash = open_session.password_hash
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF owner.verified_at IS NULL THEN
        PERFORM public.discount_login_attempt(keys, steps, NULL);
        is_verified := false;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT person.* INTO member FROM public.users AS person
    WHERE person.identity_id = owner.id AND person.deactivated_at IS NULL
        AND (open_session.organization_id IS NULL OR person.organization_id = open_session.organization_id)
    ORDER BY (
        SELECT max(earlier.used_at) FROM public.auth_sessions AS earlier
        WHERE earlier.organization_id = person.organization_id AND earlier.user_id = person.id
    ) DESC NULLS LAST, person.created_at, person.id LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF NOT public.pass_second_step(owner.id, step, recovery) THEN
        is_verified := true;
        totp_secret := owner.totp_secret;
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM public.discount_login_attempt(keys, steps, known);
    INSERT INTO public.auth_sessions (id, identity_id, organization_id, user_id, client, address, expires_at)
    VALUES (
        open_session.session_id, owner.id, member.organization_id, member.id, left(client, 200), address,
        now() + lifetime
    );
    INSERT INTO public.refresh_tokens (hash, session_id) VALUES (token, open_session.session_id);
    DELETE FROM public.auth_sessions AS session WHERE session.id IN (
        SELECT expired.id FROM public.auth_sessions AS expired
        WHERE expired.expires_at < now() ORDER BY expired.expires_at LIMIT 10 FOR UPDATE SKIP LOCKED
    );
    RETURN QUERY SELECT
        true, NULL::text, member.organization_id, member.id, member.role::text, member.credentials_version;
END
$$
"""
# servers of the previous release know no codes: for them, an identity that requires one has a wrong password
WITHOUT_CODE = """
CREATE OR REPLACE FUNCTION open_session(
    email text, password_hash text, organization_id uuid, session_id uuid, token bytea, lifetime interval,
    client text, address text, keys bytea[], steps interval[], known interval
)
RETURNS TABLE (is_verified boolean, tenant uuid, user_id uuid, role text, credentials_version integer)
LANGUAGE sql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT opened.is_verified, opened.tenant, opened.user_id, opened.role, opened.credentials_version
    FROM public.open_session(
        email, password_hash, organization_id, session_id, token, lifetime, client, address, keys, steps, known,
        NULL, NULL
    ) AS opened
    WHERE opened.totp_secret IS NULL
$$
"""
SET_UP = """
CREATE FUNCTION set_up_totp(email text, password_hash text, secret text, keys bytea[], steps interval[], known interval)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
BEGIN
    SELECT identity.id, identity.totp_enabled_at INTO owner FROM public.identities AS identity
    WHERE identity.email = lower(set_up_totp.email) AND identity.password_hash = set_up_totp.password_hash
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM public.discount_login_attempt(keys, steps, known);
    IF owner.totp_enabled_at IS NOT NULL THEN
        RETURN false;
    END IF;
    UPDATE public.identities AS identity SET totp_secret = secret, updated_at = now() WHERE identity.id = owner.id;
    RETURN true;
END
$$
"""
STATE = """
CREATE FUNCTION totp_of(user_id uuid)
RETURNS TABLE (is_enabled boolean, pending text)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT identity.totp_enabled_at IS NOT NULL,
        CASE WHEN identity.totp_enabled_at IS NULL THEN identity.totp_secret END
    FROM public.users AS person JOIN public.identities AS identity ON identity.id = person.identity_id
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid AND person.id = totp_of.user_id
$$
"""
ENABLE = """
CREATE FUNCTION enable_totp(user_id uuid, secret text, step bigint, codes bytea[])
RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
BEGIN
    UPDATE public.identities AS identity SET totp_enabled_at = now(), totp_step = step, updated_at = now()
    FROM public.users AS person
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND person.id = enable_totp.user_id AND identity.id = person.identity_id
        AND identity.totp_secret = secret AND identity.totp_enabled_at IS NULL
    RETURNING identity.id, identity.email INTO owner;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM public.recovery_codes AS code WHERE code.identity_id = owner.id;
    INSERT INTO public.recovery_codes (identity_id, hash) SELECT owner.id, unnest(codes);
    RETURN owner.email;
END
$$
"""
DISABLE = """
CREATE FUNCTION disable_totp(
    email text, password_hash text, keys bytea[], steps interval[], known interval, step bigint, recovery bytea
)
RETURNS TABLE (is_disabled boolean, totp_secret text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
BEGIN
    SELECT identity.id, identity.totp_secret INTO owner FROM public.identities AS identity
    WHERE identity.email = lower(disable_totp.email) AND identity.password_hash = disable_totp.password_hash
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    is_disabled := public.pass_second_step(owner.id, step, recovery);
    IF is_disabled THEN
        PERFORM public.discount_login_attempt(keys, steps, known);
        UPDATE public.identities AS identity
        SET totp_secret = NULL, totp_enabled_at = NULL, totp_step = NULL, updated_at = now()
        WHERE identity.id = owner.id;
        DELETE FROM public.recovery_codes AS code WHERE code.identity_id = owner.id;
    ELSE
        totp_secret := owner.totp_secret;
    END IF;
    RETURN NEXT;
END
$$
"""
FUNCTIONS = {
    "open_session(text, text, uuid, uuid, bytea, interval, text, text, bytea[], interval[], interval, bigint, bytea)": (
        OPEN_SESSION,
        "Opens a session for the address if this is the stored hash of its password. No row for a wrong hash or an "
        "identity without an active user; false in the first column for an address that is not verified; the secret of "
        "the authenticator app if neither the step of a code nor the hash of a recovery code is accepted.",
    ),
    "set_up_totp(text, text, text, bytea[], interval[], interval)": (
        SET_UP,
        "Stores the secret of an authenticator app if this is the stored hash of the password. Null for a wrong hash, "
        "false if one is enabled.",
    ),
    "totp_of(uuid)": (
        STATE,
        "True if logins of a user of this organization require a code, and the secret that is not enabled yet.",
    ),
    "enable_totp(uuid, text, bigint, bytea[])": (
        ENABLE,
        "Lets logins of a user of this organization require a code, with these hashes of recovery codes. Returns the "
        "address, or null if the secret is not the pending one.",
    ),
    "disable_totp(text, text, bytea[], interval[], interval, bigint, bytea)": (
        DISABLE,
        "Removes the authenticator app if this is the stored hash of the password and the code is accepted. Otherwise "
        "the second column is its secret. No row for a wrong hash.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""
PART = "pass_second_step(uuid, bigint, bytea)"
"""Function that only others of ``workline_system`` call."""


def replace(definition: str) -> None:
    """Replace a function of ``workline_system`` by one with the same signature."""
    run([f"GRANT CREATE ON SCHEMA public TO {SYSTEM}", f"SET LOCAL ROLE {SYSTEM}", definition])
    run([f"SET LOCAL ROLE {OWNER}", f"REVOKE CREATE ON SCHEMA public FROM {SYSTEM}"])


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([COLUMNS, CODES, *reserve("recovery_codes")])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    run([SECOND_STEP, *earlier("2026_11_30_2030_passwords").reserve_function(PART)])
    create_functions(FUNCTIONS)
    replace(WITHOUT_CODE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    replace(earlier("2026_11_30_1721_sessions").OPEN_SESSION.replace("CREATE", "CREATE OR REPLACE"))
    drop_functions([*FUNCTIONS, PART])
    op.execute("DROP TABLE recovery_codes")
    op.execute("ALTER TABLE identities DROP COLUMN totp_secret, DROP COLUMN totp_enabled_at, DROP COLUMN totp_step")
