"""Check of a viewer against the stored user, and a version of the credentials that increases with the password."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system, offer_to_app
from graphql_app.migrations.tables import required, run

revision = "3b9f4d1e8c60"
down_revision = "b3f6a1c8e254"
branch_labels = None
depends_on = None

COMMENT = "Counts up when the password changes or access ends; tokens of earlier versions are refused."
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
CHECK_COMMENT = (
    "Raises WL001 unless the user is active and has these credentials (null: whatever the user has), "
    "and WL002 with the stored role as its message unless the user has this role."
)
TENANT = "nullif(current_setting('app.org', true), '')::uuid"


def find_login(*, version: bool) -> str:
    """Return the definition of ``find_login``, with or without the version of the credentials."""
    name, column = (", credentials_version integer", ", person.credentials_version") if version else ("", "")
    return f"""
CREATE FUNCTION find_login(email text)
RETURNS TABLE (organization_id uuid, user_id uuid, password_hash text{name})
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT login.organization_id, login.user_id, login.password_hash{column}
    FROM public.logins AS login
    JOIN public.users AS person ON person.organization_id = login.organization_id AND person.id = login.user_id
    WHERE login.email = lower(find_login.email) AND person.deactivated_at IS NULL
$$
"""  # noqa: S608 (constants)


def keep_login(version: str) -> str:
    """Return the definition of ``keep_login``. ``version`` runs if the user had a password before."""
    return f"""
CREATE FUNCTION keep_login(user_id uuid, email text, password_hash text)
RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    tenant CONSTANT uuid := {TENANT};
BEGIN
    UPDATE public.logins AS login
    SET email = lower(keep_login.email),
        password_hash = coalesce(keep_login.password_hash, login.password_hash),
        updated_at = now()
    WHERE login.organization_id = tenant AND login.user_id = keep_login.user_id;
    IF NOT FOUND AND keep_login.password_hash IS NOT NULL THEN
        INSERT INTO public.logins (organization_id, user_id, email, password_hash)
        VALUES (tenant, keep_login.user_id, lower(keep_login.email), keep_login.password_hash);{version}
    END IF;
    RETURN true;
EXCEPTION
    -- whose the address is, and in which organization, is not told
    WHEN unique_violation THEN RETURN false;
END
$$
"""  # noqa: S608 (constants)


def drop_login(version: str) -> str:
    """Return the definition of ``drop_login``. ``version`` runs at its end."""
    return f"""
CREATE FUNCTION drop_login(user_id uuid)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM public.logins AS login
    WHERE login.organization_id = {TENANT}
        AND login.user_id = drop_login.user_id{version}
$$
"""  # noqa: S608 (constants)


KEEP_VERSION = """
    ELSIF keep_login.password_hash IS NOT NULL THEN
        UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
        WHERE person.organization_id = tenant AND person.id = keep_login.user_id;"""
DROP_VERSION = f""";
    UPDATE public.users AS person SET credentials_version = person.credentials_version + 1
    WHERE person.organization_id = {TENANT}
        AND person.id = drop_login.user_id"""  # noqa: S608 (a constant)
COMMENTS = {
    "find_login(text)": "The log-in of an address; no row if its user was deactivated.",
    "keep_login(uuid, text, text)": "Lets a user of this organization log in by an address; without a hash the "
    "password stays, and a user without a log-in gets none. False when the address is taken.",
    "drop_login(uuid)": "Takes the address away by which a user of this organization logs in.",
}


def replace(find: str, keep: str, drop: str) -> None:
    """Replace the functions by these definitions."""
    op.execute(f"SET LOCAL ROLE {SYSTEM}")
    for function in COMMENTS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(f"SET LOCAL ROLE {OWNER}")
    for (function, comment), definition in zip(COMMENTS.items(), (find, keep, drop), strict=True):
        op.execute(definition)
        op.execute(f"COMMENT ON FUNCTION {function} IS '{comment}'")
        run(act_as_system(function))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("users", required("credentials_version", sa.Integer(), COMMENT, server_default=sa.text("1")))
    replace(find_login(version=True), keep_login(KEEP_VERSION), drop_login(DROP_VERSION))
    op.execute(CHECK_VIEWER)
    op.execute(f"COMMENT ON PROCEDURE check_viewer IS '{CHECK_COMMENT}'")
    run(offer_to_app("check_viewer(uuid, uuid, text, integer)"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("DROP PROCEDURE check_viewer(uuid, uuid, text, integer)")
    replace(find_login(version=False), keep_login(""), drop_login(""))
    op.drop_column("users", "credentials_version")
