"""Second step of changes of passwords, for identities that have one."""

from alembic import op

from graphql_app.migrations.tables import create_functions, drop_functions, earlier

revision = "f1c29384a47b"
down_revision = "f0b18273f36a"
branch_labels = None
depends_on = None

CHANGE = """
CREATE FUNCTION change_password(
    email text, password_hash text, new_hash text, organization_id uuid, user_id uuid, session_id uuid,
    keys bytea[], steps interval[], known interval, step bigint, recovery bytea
)
RETURNS TABLE (version integer, totp_secret text)
LANGUAGE plpgsql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    owner record;
BEGIN
    SELECT identity.id, identity.totp_secret AS secret INTO owner
    FROM public.identities AS identity JOIN public.users AS person ON person.identity_id = identity.id
    WHERE identity.email = lower(change_password.email) AND identity.password_hash = change_password.password_hash
        AND person.organization_id = change_password.organization_id AND person.id = change_password.user_id
        AND person.deactivated_at IS NULL
    FOR NO KEY UPDATE OF identity;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF NOT public.pass_second_step(owner.id, step, recovery) THEN
        totp_secret := owner.secret;
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM public.discount_login_attempt(keys, steps, known);
    PERFORM public.set_password(owner.id, new_hash, session_id);
    SELECT person.credentials_version INTO version FROM public.users AS person
    WHERE person.organization_id = change_password.organization_id AND person.id = change_password.user_id;
    RETURN NEXT;
END
$$
"""
# servers without this revision know no codes: for them, an identity that requires one has a wrong password
WITHOUT_CODE = """
CREATE OR REPLACE FUNCTION change_password(
    email text, password_hash text, new_hash text, organization_id uuid, user_id uuid, session_id uuid,
    keys bytea[], steps interval[], known interval
)
RETURNS integer
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT changed.version FROM public.change_password(
        email, password_hash, new_hash, organization_id, user_id, session_id, keys, steps, known, NULL, NULL
    ) AS changed
$$
"""
FUNCTIONS = {
    "change_password(text, text, text, uuid, uuid, uuid, bytea[], interval[], interval, bigint, bytea)": (
        CHANGE,
        "Sets a password if this is the stored hash of the current one, and ends all other sessions. Returns the "
        "credentials version of the user; the secret of the authenticator app if neither the step of a code nor the "
        "hash of a recovery code is accepted. No row for a wrong hash.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    create_functions(FUNCTIONS)
    earlier("2026_11_30_2130_totp").replace(WITHOUT_CODE)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    change = earlier("2026_11_30_2030_passwords").CHANGE
    earlier("2026_11_30_2130_totp").replace(change.replace("CREATE", "CREATE OR REPLACE"))
    drop_functions(FUNCTIONS)
