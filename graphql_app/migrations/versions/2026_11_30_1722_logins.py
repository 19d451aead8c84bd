"""Functions of logins on identities, and the check of a viewer with its session.

They replace those of the same names. None returns the hash of a password.
"""

from alembic import op

from graphql_app.migrations.access import offer_to_app
from graphql_app.migrations.tables import create_functions, drop_functions, earlier, run

revision = "e4e8b3c19f27"
down_revision = "e3d7a2b08e16"
branch_labels = None
depends_on = None

FIND_LOGIN = """
CREATE FUNCTION find_login(email text)
RETURNS TABLE (organization_id uuid, user_id uuid, role text, credentials_version integer)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT person.organization_id, person.id, person.role, person.credentials_version
    FROM public.identities AS identity JOIN public.users AS person ON person.identity_id = identity.id
    WHERE identity.email = lower(find_login.email) AND person.deactivated_at IS NULL
    ORDER BY person.created_at, person.organization_id
$$
"""
KEEP_LOGIN = """
CREATE FUNCTION keep_login(user_id uuid, email text, password_hash text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner uuid;
BEGIN
    SELECT person.identity_id INTO owner FROM public.users AS person
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND person.id = keep_login.user_id;
    IF owner IS NULL AND keep_login.password_hash IS NOT NULL THEN
        owner := gen_random_uuid();
        INSERT INTO public.identities (id, email, password_hash, verified_at)
        VALUES (owner, lower(keep_login.email), keep_login.password_hash, now());
        UPDATE public.users AS person SET identity_id = owner
        WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
            AND person.id = keep_login.user_id;
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING MESSAGE = 'no such user';
        END IF;
    ELSIF owner IS NOT NULL THEN
        -- an identity that belongs to another organization as well is not this one's to change
        IF EXISTS (
            SELECT FROM public.users AS other
            WHERE other.identity_id = owner
                AND other.organization_id <> nullif(current_setting('app.org', true), '')::uuid
        ) THEN
            RETURN false;
        END IF;
        UPDATE public.identities AS identity
        SET email = lower(keep_login.email),
            password_hash = coalesce(keep_login.password_hash, identity.password_hash), updated_at = now()
        WHERE identity.id = owner;
        IF keep_login.password_hash IS NOT NULL THEN
            UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
            WHERE person.identity_id = owner;
            UPDATE public.auth_sessions AS session SET revoked_at = now()
            WHERE session.identity_id = owner AND session.revoked_at IS NULL;
        END IF;
    END IF;
    PERFORM pg_notify('workline_access', keep_login.user_id::text);
    RETURN true;
EXCEPTION
    -- the result does not reveal the organization that uses the address
    WHEN unique_violation THEN RETURN false;
END
$$
"""
DROP_LOGIN = """
CREATE FUNCTION drop_login(user_id uuid)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner CONSTANT uuid := (
        SELECT person.identity_id FROM public.users AS person
        WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
            AND person.id = drop_login.user_id
    );
BEGIN
    UPDATE public.users AS person
    SET credentials_version = person.credentials_version + 1, identity_id = NULL
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND person.id = drop_login.user_id;
    DELETE FROM public.auth_sessions AS session
    WHERE session.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND session.user_id = drop_login.user_id;
    DELETE FROM public.identities AS identity
    WHERE identity.id = owner AND NOT EXISTS (SELECT FROM public.users AS other WHERE other.identity_id = owner);
    PERFORM pg_notify('workline_access', drop_login.user_id::text);
END
$$
"""
CHECK_VIEWER = """
CREATE PROCEDURE check_viewer(
    organization_id uuid, user_id uuid, role text, credentials_version integer, session_id uuid DEFAULT NULL
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
    SELECT person.role, person.deactivated_at, person.credentials_version INTO stored FROM public.users AS person
    WHERE person.organization_id = check_viewer.organization_id AND person.id = check_viewer.user_id;
    IF NOT FOUND OR NOT is_open OR check_viewer.credentials_version IS NOT NULL AND (
        stored.deactivated_at IS NOT NULL OR stored.credentials_version <> check_viewer.credentials_version
    ) THEN
        RAISE EXCEPTION 'access ended' USING ERRCODE = 'WL001';
    END IF;
    IF stored.role <> check_viewer.role THEN
        RAISE EXCEPTION '%', stored.role USING ERRCODE = 'WL002';
    END IF;
END
$$
"""
STORED_ROLES = """
CREATE FUNCTION stored_roles()
RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT DISTINCT person.role FROM public.users AS person WHERE person.deactivated_at IS NULL
$$
"""
FUNCTIONS = {
    "find_login(text)": (FIND_LOGIN, "Active users of the identity with this address, without the password."),
    "keep_login(uuid, text, text)": (
        KEEP_LOGIN,
        "Lets a user of this organization log in by an address; without a hash the password stays, and a user without "
        "a login gets none. False when the address is taken, or belongs to other organizations as well.",
    ),
    "drop_login(uuid)": (DROP_LOGIN, "Takes the identity away by which a user of this organization logs in."),
    "stored_roles()": (STORED_ROLES, "Roles of active users of all organizations."),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""
CHECK, CHECK_COMMENT = (
    "check_viewer(uuid, uuid, text, integer, uuid)",
    "Raises WL001 unless the user is active, has these credentials (null: whatever the user has) and, if given, this "
    "open session, and WL002 with the stored role as its message unless the user has this role.",
)
REPLACED = ("find_login(text)", "keep_login(uuid, text, text)", "drop_login(uuid)")
"""Functions of an earlier revision that have the same names."""


def replace_check(old: str, new: str, definition: str, comment: str) -> None:
    """Replace the procedure that checks viewers by one with other parameters."""
    run([f"DROP PROCEDURE {old}", definition, f"COMMENT ON PROCEDURE check_viewer IS '{comment}'", *offer_to_app(new)])


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(REPLACED)
    create_functions(FUNCTIONS)
    replace_check("check_viewer(uuid, uuid, text, integer)", CHECK, CHECK_VIEWER, CHECK_COMMENT)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    before = earlier("2026_11_30_1501_log_in")
    drop_functions(FUNCTIONS)
    run(["SET LOCAL check_function_bodies = off"])  # the table of logins is restored later
    create_functions({function: before.FUNCTIONS[function] for function in REPLACED})
    replace_check(CHECK, before.CHECK, before.CHECK_VIEWER, before.CHECK_COMMENT)
