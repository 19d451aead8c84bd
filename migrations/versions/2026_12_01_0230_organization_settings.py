"""The currency of an organization moves to a table of the domain: the table of organizations is the engine's."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import KEEP, OWNER, SYSTEM, secure
from graphql_app.migrations.tables import check, currency_code, required, run, tenant_table

revision = "d7e2b94f06a1"
down_revision = "d1f70a3c9e58"
branch_labels = None
depends_on = None

COMMENT = "Currency of the hourly rates (ISO 4217 code)."
MOVE = "INSERT INTO organization_settings (organization_id, id, currency) SELECT id, id, currency FROM organizations"
MOVE_BACK = """
UPDATE organizations SET currency = settings.currency
FROM organization_settings AS settings WHERE settings.organization_id = organizations.id
"""
COLUMN = "ALTER TABLE organizations ADD COLUMN currency text NOT NULL DEFAULT 'EUR'"
CHECK = "ALTER TABLE organizations ADD CONSTRAINT ck_organizations_currency CHECK (currency ~ '^[A-Z]{3}$')"
DESCRIBED = f"COMMENT ON COLUMN organizations.currency IS '{COMMENT}'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    tenant_table(
        "organization_settings",
        required("currency", sa.Text(), COMMENT),
        check("one_row", "id = organization_id"),
        currency_code(),
        versioned=False,
    )
    run(secure("organization_settings", KEEP))
    run([f"SET LOCAL ROLE {SYSTEM}", MOVE, f"SET LOCAL ROLE {OWNER}"])
    op.execute("ALTER TABLE organizations DROP COLUMN currency")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([COLUMN, CHECK, DESCRIBED])
    run([f"SET LOCAL ROLE {SYSTEM}", MOVE_BACK, f"SET LOCAL ROLE {OWNER}"])
    op.execute("DROP TABLE organization_settings")
