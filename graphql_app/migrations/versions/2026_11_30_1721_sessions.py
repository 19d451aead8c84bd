"""Functions of sessions: log-in without a hash that leaves the database, refresh, revocation.

The stored hash of a password is compared in the database. A server reads only its parameters, computes the hash of the
given password with them, and passes the result. https://www.rfc-editor.org/rfc/rfc9106
"""

from alembic import op

from graphql_app.migrations.tables import create_functions, drop_functions

revision = "e3d7a2b08e16"
down_revision = "e2c6f1a97d05"
branch_labels = None
depends_on = None

PARAMETERS = """
CREATE FUNCTION password_parameters(email text)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT regexp_replace(identity.password_hash, '[^$]*$', '')
        || repeat('A', length(substring(identity.password_hash FROM '[^$]*$')))
    FROM public.identities AS identity
    WHERE identity.email = lower(password_parameters.email)
$$
"""
OPEN_SESSION = """
CREATE FUNCTION open_session(
    email text, password_hash text, organization_id uuid, session_id uuid, token bytea, lifetime interval,
    client text, address text, keys bytea[], steps interval[], known interval
)
RETURNS TABLE (is_verified boolean, tenant uuid, user_id uuid, role text, credentials_version integer)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
    member record;
BEGIN
    -- locked, so that a password that is changed at the same time ends this session, too
    SELECT identity.id, identity.verified_at INTO owner FROM public.identities AS identity
    WHERE identity.email = lower(open_session.email) AND identity.password_hash = open_session.password_hash FOR SHARE;
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
    RETURN QUERY SELECT true, member.organization_id, member.id, member.role::text, member.credentials_version;
END
$$
"""
REFRESH = """
CREATE FUNCTION refresh_session(
    token bytea, following bytea, grace interval, lifetime interval, address text,
    keys bytea[], steps interval[], period interval
)
RETURNS TABLE (
    wait interval, session_id uuid, organization_id uuid, user_id uuid, role text, credentials_version integer
)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    opened record;
    member record;
    first_use timestamptz;
BEGIN
    wait := public.count_login_attempt(keys, steps, period);
    IF wait IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT session.* INTO opened
    FROM public.refresh_tokens AS known JOIN public.auth_sessions AS session ON session.id = known.session_id
    WHERE known.hash = token AND session.revoked_at IS NULL AND session.expires_at > now()
    FOR NO KEY UPDATE OF session;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    SELECT known.rotated_at INTO first_use FROM public.refresh_tokens AS known WHERE known.hash = token;
    IF first_use < clock_timestamp() - grace THEN
        UPDATE public.auth_sessions AS session SET revoked_at = now() WHERE session.id = opened.id;
        PERFORM pg_notify('workline_access', opened.id::text);
        RETURN;
    END IF;
    SELECT person.* INTO member FROM public.users AS person
    WHERE person.organization_id = opened.organization_id AND person.id = opened.user_id
        AND person.deactivated_at IS NULL;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM public.discount_login_attempt(keys, steps, NULL);
    UPDATE public.refresh_tokens AS known SET rotated_at = coalesce(known.rotated_at, clock_timestamp())
    WHERE known.hash = token;
    INSERT INTO public.refresh_tokens (hash, session_id) VALUES (following, opened.id);
    DELETE FROM public.refresh_tokens AS known
    WHERE known.session_id = opened.id AND known.rotated_at < now() - interval '1 day';
    UPDATE public.auth_sessions AS session
    SET used_at = now(), expires_at = now() + lifetime, address = refresh_session.address
    WHERE session.id = opened.id;
    RETURN QUERY SELECT
        NULL::interval, opened.id, member.organization_id, member.id, member.role::text, member.credentials_version;
END
$$
"""
END_SESSIONS = """
CREATE FUNCTION end_sessions(user_id uuid, session_id uuid)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner CONSTANT uuid := (
        SELECT person.identity_id FROM public.users AS person
        WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
            AND person.id = end_sessions.user_id
    );
    ended integer;
BEGIN
    WITH revoked AS (
        UPDATE public.auth_sessions AS session SET revoked_at = now()
        WHERE session.identity_id = owner AND session.revoked_at IS NULL AND session.expires_at > now()
            AND (end_sessions.session_id IS NULL OR session.id = end_sessions.session_id)
        RETURNING session.id
    )
    SELECT count(pg_notify('workline_access', revoked.id::text)) INTO ended FROM revoked;
    IF end_sessions.session_id IS NULL THEN
        WITH changed AS (
            UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
            WHERE person.identity_id = owner RETURNING person.id
        )
        SELECT ended + 0 * count(pg_notify('workline_access', changed.id::text)) INTO ended FROM changed;
    END IF;
    RETURN ended;
END
$$
"""
SESSIONS_OF = """
CREATE FUNCTION sessions_of(user_id uuid)
RETURNS TABLE (
    id uuid, organization_id uuid, client text, address text, created_at timestamptz, used_at timestamptz,
    expires_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT session.id, session.organization_id, session.client, session.address, session.created_at,
        session.used_at, session.expires_at
    FROM public.users AS person JOIN public.auth_sessions AS session ON session.identity_id = person.identity_id
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND person.id = sessions_of.user_id
        AND session.revoked_at IS NULL AND session.expires_at > now()
    ORDER BY session.used_at DESC, session.id LIMIT 100
$$
"""
MEMBERSHIPS_OF = """
CREATE FUNCTION memberships_of(user_id uuid)
RETURNS TABLE (organization_id uuid, organization_name text, member_id uuid, role text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT member.organization_id, organization.name, member.id, member.role
    FROM public.users AS person
    JOIN public.users AS member ON member.identity_id = person.identity_id AND member.deactivated_at IS NULL
    JOIN public.organizations AS organization ON organization.id = member.organization_id
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND person.id = memberships_of.user_id
    ORDER BY organization.name, member.organization_id LIMIT 100
$$
"""
SWITCH = """
CREATE FUNCTION switch_session(user_id uuid, session_id uuid, organization_id uuid)
RETURNS TABLE (tenant uuid, member_id uuid, role text, credentials_version integer)
LANGUAGE sql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH switched AS (
        UPDATE public.auth_sessions AS session
        SET organization_id = member.organization_id, user_id = member.id, used_at = now()
        FROM public.users AS person JOIN public.users AS member ON member.identity_id = person.identity_id
        WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
            AND person.id = switch_session.user_id
            AND session.id = switch_session.session_id AND session.identity_id = person.identity_id
            AND session.revoked_at IS NULL AND member.deactivated_at IS NULL
            AND member.organization_id = switch_session.organization_id
        RETURNING member.organization_id, member.id, member.role::text, member.credentials_version,
            session.id AS session_id
    )
    SELECT switched.organization_id, switched.id, switched.role, switched.credentials_version
    FROM switched, LATERAL pg_notify('workline_access', switched.session_id::text)
$$
"""
FUNCTIONS = {
    "password_parameters(text)": (
        PARAMETERS,
        "The password hash of an address with A in place of each character of its last part, which is the hash itself: "
        "the parameters with which a given password is hashed for the comparison in open_session.",
    ),
    "open_session(text, text, uuid, uuid, bytea, interval, text, text, bytea[], interval[], interval)": (
        OPEN_SESSION,
        "Opens a session for the address if this is the stored hash of its password. No row for a wrong hash or an "
        "identity without an active user; false in the first column for an address that is not verified.",
    ),
    "refresh_session(bytea, bytea, interval, interval, text, bytea[], interval[], interval)": (
        REFRESH,
        "Exchanges a refresh token for the following one. No row for an unknown token or a session that has ended. A "
        "token that was exchanged before, longer ago than the grace interval, ends the session.",
    ),
    "end_sessions(uuid, uuid)": (
        END_SESSIONS,
        "Ends a session of the identity of this user, or with null all of them together with their tokens.",
    ),
    "sessions_of(uuid)": (SESSIONS_OF, "Open sessions of the identity of a user of this organization."),
    "memberships_of(uuid)": (MEMBERSHIPS_OF, "Active users of the identity of a user of this organization."),
    "switch_session(uuid, uuid, uuid)": (
        SWITCH,
        "Moves a session to another organization of its identity. No row if the identity has no active user there.",
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
