"""Lookup of a log-in by its address, the one query before an organization is known."""

from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system
from graphql_app.migrations.tables import run

revision = "f04d28b6713e"
down_revision = "5f1c07d2ab94"
branch_labels = None
depends_on = None

FIND_LOGIN = """
CREATE FUNCTION find_login(email text)
RETURNS TABLE (organization_id uuid, user_id uuid, password_hash text)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 1
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT login.organization_id, login.user_id, login.password_hash
    FROM public.logins AS login
    JOIN public.users AS person ON person.organization_id = login.organization_id AND person.id = login.user_id
    WHERE login.email = lower(find_login.email) AND person.deactivated_at IS NULL
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(FIND_LOGIN)
    op.execute("COMMENT ON FUNCTION find_login IS 'The log-in of an address; no row if its user was deactivated.'")
    run(act_as_system("find_login(text)"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute(f"SET LOCAL ROLE {SYSTEM}")
    op.execute("DROP FUNCTION find_login(text)")
    op.execute(f"SET LOCAL ROLE {OWNER}")
