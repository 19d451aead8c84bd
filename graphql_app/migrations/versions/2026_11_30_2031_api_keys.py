"""Service accounts and API keys, and the check of viewers with a key.

The hash of a key is in a separate table, which only ``workline_system`` may read.
"""

from alembic import op

from graphql_app.migrations.access import KEEP, reserve, secure
from graphql_app.migrations.tables import create_functions, drop_functions, earlier, run

revision = "e8c3d0f57b91"
down_revision = "e7b2c9e46a80"
branch_labels = None
depends_on = None

SERVICE_ACCOUNTS = [
    # without a length, both types are the same to PostgreSQL, and no row is written
    "ALTER TABLE users ALTER COLUMN role TYPE text",
    "ALTER TABLE users ADD COLUMN is_service_account boolean NOT NULL DEFAULT false",
    """ALTER TABLE users ADD CONSTRAINT ck_users_service_account
        CHECK (NOT is_service_account OR identity_id IS NULL AND role <> 'OWNER')""",
]
KEYS = """
CREATE TABLE api_keys (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    created_by_id uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    scopes text NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_api_keys PRIMARY KEY (organization_id, id),
    CONSTRAINT fk_api_keys_organization_id
        FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_api_keys_organization_id_user_id
        FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT fk_api_keys_organization_id_created_by_id
        FOREIGN KEY (organization_id, created_by_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_api_keys_name_length CHECK (char_length(name) BETWEEN 1 AND 200)
)
"""
HASHES = """
CREATE TABLE api_key_hashes (
    hash bytea NOT NULL,
    organization_id uuid NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT pk_api_key_hashes PRIMARY KEY (hash),
    CONSTRAINT fk_api_key_hashes_organization_id_key_id
        FOREIGN KEY (organization_id, key_id) REFERENCES api_keys (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_api_key_hashes_organization_id_key_id UNIQUE (organization_id, key_id)
)
"""
INDEXES = [
    "CREATE INDEX ix_api_keys_organization_id_user_id_id ON api_keys (organization_id, user_id, id)",
    "CREATE INDEX ix_api_keys_organization_id_created_by_id_id ON api_keys (organization_id, created_by_id, id)",
]
COMMENTS = {
    "users.is_service_account": "True for a service account, which acts by API keys and cannot log in.",
    "api_keys.organization_id": "ID of the organization.",
    "api_keys.id": "ID of the record, a UUIDv7: IDs sort by creation time.",
    "api_keys.user_id": "ID of the user that the key acts as: a service account, or the creator of the key.",
    "api_keys.created_by_id": "ID of the user who created the key.",
    "api_keys.name": "Name of the key, 1-200 characters.",
    "api_keys.prefix": "First characters of the key, by which it is recognized. They are not secret.",
    "api_keys.scopes": "Scopes of the key, separated by spaces. They never change.",
    "api_keys.expires_at": "Time after which the key is invalid; null if it does not expire.",
    "api_keys.last_used_at": "Time of the last use, accurate to about a minute; null if the key was never used.",
    "api_keys.revoked_at": "Time of the revocation; null before.",
    "api_keys.created_at": "Time of creation.",
    "api_keys.updated_at": "Time of the last change.",
    "api_keys.version": "Version of the record, which increases with each change. Pass it as `expectedVersion` to "
    "change the record only at this version.",
    "api_key_hashes.hash": "SHA-256 hash of the key.",
    "api_key_hashes.organization_id": "ID of the organization of the key.",
    "api_key_hashes.key_id": "ID of the key.",
}
# a key that has a hash keeps it
KEEP_KEY = """
CREATE FUNCTION keep_api_key(key_id uuid, hash bytea)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO public.api_key_hashes (hash, organization_id, key_id)
    VALUES (keep_api_key.hash, nullif(current_setting('app.org', true), '')::uuid, keep_api_key.key_id)
$$
"""
FIND_KEY = """
CREATE FUNCTION find_api_key(hash bytea, keys bytea[], steps interval[], period interval)
RETURNS TABLE (
    wait interval, key_id uuid, organization_id uuid, user_id uuid, role text, scopes text, expires_at timestamptz
)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT known.id, known.organization_id, known.user_id, person.role::text, known.scopes, known.expires_at
    INTO key_id, organization_id, user_id, role, scopes, expires_at
    FROM public.api_key_hashes AS stored
    JOIN public.api_keys AS known ON known.organization_id = stored.organization_id AND known.id = stored.key_id
    JOIN public.users AS person
        ON person.organization_id = known.organization_id AND person.id = known.user_id
    WHERE stored.hash = find_api_key.hash AND known.revoked_at IS NULL AND person.deactivated_at IS NULL
        AND (known.expires_at IS NULL OR known.expires_at > now());
    IF NOT FOUND THEN
        wait := public.count_login_attempt(find_api_key.keys, find_api_key.steps, find_api_key.period);
        RETURN NEXT;
        RETURN;
    END IF;
    -- concurrent lookups do not wait for one another
    UPDATE public.api_keys AS used SET last_used_at = now() WHERE (used.organization_id, used.id) IN (
        SELECT stale.organization_id, stale.id FROM public.api_keys AS stale
        WHERE stale.organization_id = find_api_key.organization_id AND stale.id = find_api_key.key_id
            AND (stale.last_used_at IS NULL OR stale.last_used_at < now() - interval '55 seconds')
        FOR NO KEY UPDATE SKIP LOCKED
    );
    RETURN NEXT;
END
$$
"""
CHECK_VIEWER = """
CREATE PROCEDURE check_viewer(
    organization_id uuid, user_id uuid, role text, credentials_version integer, session_id uuid DEFAULT NULL,
    key_id uuid DEFAULT NULL
)
LANGUAGE plpgsql
AS $$
DECLARE
    stored record;
    is_open boolean := true;
BEGIN
    IF check_viewer.session_id IS NOT NULL THEN
        PERFORM FROM public.auth_sessions AS session
        WHERE session.id = check_viewer.session_id AND session.organization_id = check_viewer.organization_id
            AND session.user_id = check_viewer.user_id AND session.revoked_at IS NULL AND session.expires_at > now();
        is_open := FOUND;
    END IF;
    IF check_viewer.key_id IS NOT NULL THEN
        PERFORM FROM public.api_keys AS used
        WHERE used.organization_id = check_viewer.organization_id AND used.id = check_viewer.key_id
            AND used.user_id = check_viewer.user_id AND used.revoked_at IS NULL
            AND (used.expires_at IS NULL OR used.expires_at > now());
        is_open := is_open AND FOUND;
    END IF;
    SELECT person.role, person.deactivated_at, person.credentials_version INTO stored FROM public.users AS person
    WHERE person.organization_id = check_viewer.organization_id AND person.id = check_viewer.user_id;
    IF NOT FOUND OR NOT is_open OR check_viewer.credentials_version IS NOT NULL AND (
        stored.deactivated_at IS NOT NULL OR check_viewer.credentials_version NOT IN (0, stored.credentials_version)
    ) THEN
        RAISE EXCEPTION 'access ended' USING ERRCODE = 'WL001';
    END IF;
    IF stored.role <> check_viewer.role THEN
        RAISE EXCEPTION '%', stored.role USING ERRCODE = 'WL002';
    END IF;
END
$$
"""
ENDED_VIEWERS = """
CREATE FUNCTION ended_viewers(
    organizations uuid[], users uuid[], versions integer[], sessions uuid[], keys uuid[]
)
RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT given.place::integer
    FROM unnest(organizations, users, versions, sessions, keys) WITH ORDINALITY
        AS given(organization_id, user_id, version, session_id, key_id, place)
    LEFT JOIN public.users AS person
        ON person.organization_id = given.organization_id AND person.id = given.user_id
        AND person.deactivated_at IS NULL AND given.version IN (0, person.credentials_version)
    LEFT JOIN public.auth_sessions AS session
        ON session.id = given.session_id AND session.organization_id = given.organization_id
        AND session.user_id = given.user_id AND session.revoked_at IS NULL AND session.expires_at > now()
    LEFT JOIN public.api_keys AS used
        ON used.organization_id = given.organization_id AND used.id = given.key_id
        AND used.user_id = given.user_id AND used.revoked_at IS NULL
        AND (used.expires_at IS NULL OR used.expires_at > now())
    WHERE person.id IS NULL OR given.session_id IS NOT NULL AND session.id IS NULL
        OR given.key_id IS NOT NULL AND used.id IS NULL
$$
"""
FUNCTIONS = {
    "keep_api_key(uuid, bytea)": (
        KEEP_KEY,
        "Stores the hash of a new key of this organization. It cannot be read or replaced afterwards.",
    ),
    "find_api_key(bytea, bytea[], interval[], interval)": (
        FIND_KEY,
        "The valid key with this hash, whose last use is noted once a minute. For any other hash, an attempt is "
        "counted, and the wait is not null above a limit.",
    ),
    "ended_viewers(uuid[], uuid[], integer[], uuid[], uuid[])": (
        ENDED_VIEWERS,
        "Places, from 1, of the viewers among the given ones whose access, session or key has ended.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""
CHECK, CHECK_COMMENT = (
    "check_viewer(uuid, uuid, text, integer, uuid, uuid)",
    "Raises WL001 unless the user is active, has these credentials (0: any; null: whatever the user has) and, if "
    "given, this open session and this valid key, and WL002 with the stored role as its message unless the user has "
    "this role.",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([*SERVICE_ACCOUNTS, KEYS, *INDEXES, *secure("api_keys", KEEP), HASHES, *reserve("api_key_hashes")])
    run([f"COMMENT ON COLUMN {column} IS '{text.replace("'", "''")}'" for column, text in COMMENTS.items()])
    # the running release calls the function ended_viewers without keys, which stays
    create_functions(FUNCTIONS)
    access = earlier("2026_11_30_1722_logins")
    access.replace_check(access.CHECK, CHECK, CHECK_VIEWER, CHECK_COMMENT)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    access = earlier("2026_11_30_1722_logins")
    access.replace_check(CHECK, access.CHECK, access.CHECK_VIEWER, access.CHECK_COMMENT)
    drop_functions(FUNCTIONS)
    run(["DROP TABLE api_key_hashes", "DROP TABLE api_keys"])
    run(["ALTER TABLE users DROP CONSTRAINT ck_users_service_account"])
    run(["ALTER TABLE users DROP COLUMN is_service_account", "ALTER TABLE users ALTER COLUMN role TYPE varchar"])
