"""Functions of logins: lookup, changes, limits, and the check of a viewer.

Applications that are older than this revision created them themselves. They are replaced, whatever their release.
"""

from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system, offer_to_app
from graphql_app.migrations.tables import is_alone, run

revision = "e1b5d2c8f463"
down_revision = "e0a4c1d7b352"
branch_labels = None
depends_on = None

FIND_LOGIN = """
CREATE FUNCTION find_login(email text)
RETURNS TABLE (organization_id uuid, user_id uuid, password_hash text, credentials_version integer)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT login.organization_id, login.user_id, login.password_hash, person.credentials_version
    FROM public.logins AS login
    JOIN public.users AS person ON person.organization_id = login.organization_id AND person.id = login.user_id
    WHERE login.email = lower(find_login.email) AND person.deactivated_at IS NULL
$$
"""
# the organization is no parameter: it is the transaction's, as for every policy
KEEP_LOGIN = """
CREATE FUNCTION keep_login(user_id uuid, email text, password_hash text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tenant CONSTANT uuid := nullif(current_setting('app.org', true), '')::uuid;
BEGIN
    UPDATE public.logins AS login
    SET email = lower(keep_login.email),
        password_hash = coalesce(keep_login.password_hash, login.password_hash),
        updated_at = now()
    WHERE login.organization_id = tenant AND login.user_id = keep_login.user_id;
    IF NOT FOUND AND keep_login.password_hash IS NOT NULL THEN
        INSERT INTO public.logins (organization_id, user_id, email, password_hash)
        VALUES (tenant, keep_login.user_id, lower(keep_login.email), keep_login.password_hash);
    ELSIF keep_login.password_hash IS NOT NULL THEN
        UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
        WHERE person.organization_id = tenant AND person.id = keep_login.user_id;
    END IF;
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
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM public.logins AS login
    WHERE login.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND login.user_id = drop_login.user_id;
    UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
    WHERE person.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND person.id = drop_login.user_id
$$
"""
# keys and steps of the account at the address, of the address, and of the account, in this order
COUNT_ATTEMPT = """
CREATE FUNCTION count_login_attempt(keys bytea[], steps interval[], period interval)
RETURNS interval
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
    known CONSTANT boolean := EXISTS (
        SELECT FROM public.login_failures AS failure WHERE failure.key = keys[1] AND failure.known_until > moment
    );
    wait interval;
BEGIN
    SELECT max(failure.cleared_at + counted.step - period - moment) INTO wait
    FROM unnest(keys, steps) WITH ORDINALITY AS counted(key, step, place)
    JOIN public.login_failures AS failure ON failure.key = counted.key
    WHERE counted.place < 3 OR NOT known;
    -- an attempt above a limit is not counted: trying again does not prolong the wait, and writes nothing
    IF wait > interval '0' THEN
        RETURN wait;
    END IF;
    -- always locked in the order of their keys, so that two attempts cannot deadlock
    WITH written AS (
        INSERT INTO public.login_failures AS failure (key, cleared_at, expires_at)
        SELECT counted.key, moment + counted.step, moment + counted.step
        FROM unnest(keys, steps) AS counted(key, step)
        ORDER BY counted.key
        ON CONFLICT (key) DO UPDATE
        SET cleared_at = greatest(failure.cleared_at, moment) + (excluded.cleared_at - moment),
            expires_at = greatest(
                failure.known_until, greatest(failure.cleared_at, moment) + (excluded.cleared_at - moment)
            )
        RETURNING failure.key, failure.cleared_at
    )
    SELECT max(written.cleared_at - period - moment) INTO wait
    FROM written WHERE written.key <> keys[3] OR NOT known;
    -- attempts that ran at the same time have reached a limit since it was looked at
    IF wait > interval '0' THEN
        UPDATE public.login_failures AS failure SET cleared_at = failure.cleared_at - counted.step
        FROM unnest(keys, steps) AS counted(key, step) WHERE failure.key = counted.key;
        RETURN wait;
    END IF;
    DELETE FROM public.login_failures AS failure WHERE failure.key IN (
        SELECT expired.key FROM public.login_failures AS expired
        WHERE expired.expires_at < moment ORDER BY expired.expires_at LIMIT 10 FOR UPDATE SKIP LOCKED
    );
    RETURN NULL;
END
$$
"""
DISCOUNT_ATTEMPT = """
CREATE FUNCTION discount_login_attempt(keys bytea[], steps interval[], known interval)
RETURNS void
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    moment CONSTANT timestamptz := clock_timestamp();
BEGIN
    PERFORM FROM public.login_failures AS failure WHERE failure.key = ANY (keys) ORDER BY failure.key FOR UPDATE;
    UPDATE public.login_failures AS failure SET cleared_at = failure.cleared_at - counted.step
    FROM unnest(keys, steps) AS counted(key, step) WHERE failure.key = counted.key;
    IF known IS NOT NULL THEN
        INSERT INTO public.login_failures AS failure (key, cleared_at, known_until, expires_at)
        VALUES (keys[1], moment, moment + known, moment + known)
        ON CONFLICT (key) DO UPDATE
        SET cleared_at = excluded.cleared_at, known_until = excluded.known_until, expires_at = excluded.expires_at;
    END IF;
END
$$
"""
CHECK_VIEWER = """
CREATE PROCEDURE check_viewer(organization_id uuid, user_id uuid, role text, credentials_version integer)
LANGUAGE plpgsql
AS $$
DECLARE
    stored record;
BEGIN
    PERFORM FROM public.users AS person
    WHERE person.organization_id = check_viewer.organization_id AND person.id = check_viewer.user_id
        AND person.role = check_viewer.role AND (
            check_viewer.credentials_version IS NULL
            OR person.credentials_version = check_viewer.credentials_version AND person.deactivated_at IS NULL
        );
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT person.role, person.deactivated_at, person.credentials_version INTO stored FROM public.users AS person
    WHERE person.organization_id = check_viewer.organization_id AND person.id = check_viewer.user_id;
    IF NOT FOUND OR check_viewer.credentials_version IS NOT NULL AND (
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
FUNCTIONS = {
    "find_login(text)": (FIND_LOGIN, "The login of an address; no row if its user was deactivated."),
    "keep_login(uuid, text, text)": (
        KEEP_LOGIN,
        "Lets a user of this organization log in by an address; without a hash the password stays, and a user without "
        "a login gets none. False when the address is taken.",
    ),
    "drop_login(uuid)": (DROP_LOGIN, "Takes the address away by which a user of this organization logs in."),
    "count_login_attempt(bytea[], interval[], interval)": (
        COUNT_ATTEMPT,
        "Counts an attempt to log in as failed, before its password is verified. Returns how long to wait if it is "
        "above a limit, and is then not counted; else NULL. Deletes up to ten expired rows.",
    ),
    "discount_login_attempt(bytea[], interval[], interval)": (
        DISCOUNT_ATTEMPT,
        "Takes a counted attempt back, because it succeeded or its password was not verified. After a success, the "
        "failures of the account at the address are forgotten, and the address is known to the account for an "
        "interval.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""
CHECK, CHECK_COMMENT = (
    "check_viewer(uuid, uuid, text, integer)",
    "Raises WL001 unless the user is active and has these credentials (null: whatever the user has), and WL002 with "
    "the stored role as its message unless the user has this role.",
)


def drop() -> None:
    """Drop all functions that exist."""
    op.execute(f"SET LOCAL ROLE {SYSTEM}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION IF EXISTS {function}")
    op.execute(f"SET LOCAL ROLE {OWNER}")
    op.execute(f"DROP PROCEDURE IF EXISTS {CHECK}")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop()
    for function, (definition, comment) in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"COMMENT ON FUNCTION {function} IS '{comment}'")
        run(act_as_system(function))
    op.execute(CHECK_VIEWER)
    op.execute(f"COMMENT ON PROCEDURE check_viewer IS '{CHECK_COMMENT}'")
    run(offer_to_app(CHECK))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    if is_alone(revision):
        drop()
