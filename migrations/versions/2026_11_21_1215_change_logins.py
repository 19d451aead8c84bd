"""Changes of log-in addresses: an organization can set and remove those of its own users only."""

from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system
from graphql_app.migrations.tables import run

revision = "7d41e90c5ab2"
down_revision = "7d20c91e5a4f"
branch_labels = None
depends_on = None

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
    END IF;
    RETURN true;
EXCEPTION
    -- whose the address is, and in which organization, is not told
    WHEN unique_violation THEN RETURN false;
END
$$
"""
KEEP_COMMENT = (
    "Lets a user of this organization log in by an address; without a hash the password stays, "
    "and who has no log-in gets none. False when the address is taken."
)
DROP_LOGIN = """
CREATE FUNCTION drop_login(user_id uuid)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM public.logins AS login
    WHERE login.organization_id = nullif(current_setting('app.org', true), '')::uuid
        AND login.user_id = drop_login.user_id
$$
"""
DROP_COMMENT = "Takes the address away by which a user of this organization logs in."
FUNCTIONS = {
    "keep_login(uuid, text, text)": (KEEP_LOGIN, KEEP_COMMENT),
    "drop_login(uuid)": (DROP_LOGIN, DROP_COMMENT),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for function, (definition, comment) in FUNCTIONS.items():
        op.execute(definition)
        op.execute(f"COMMENT ON FUNCTION {function} IS '{comment}'")
        run(act_as_system(function))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(f"SET LOCAL ROLE {SYSTEM}")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
    op.execute(f"SET LOCAL ROLE {OWNER}")
