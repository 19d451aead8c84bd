"""People: organizations, their users and workers, and the addresses that log in."""

import sqlalchemy as sa
from alembic import op

from graphql_app.migrations.access import APP, KEEP, reserve, secure
from graphql_app.migrations.tables import (
    bookkeeping,
    check,
    currency_code,
    length,
    moment,
    money,
    one_of,
    optional,
    page_indexes,
    refers,
    required,
    run,
    tenant_table,
    unique,
)

revision = "5f1c07d2ab94"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    organizations()
    users()
    workers()
    logins()
    # tables are closed by default anyway, functions are open to PUBLIC
    run(["ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"])
    # a server that is not at the head of the migrations is not ready
    run([f"GRANT SELECT ON alembic_version TO {APP}"])
    run(secure("organizations", "SELECT, UPDATE", tenant="id"))
    run(secure("users", KEEP))  # deactivated, never deleted: their work keeps their name
    run(secure("workers", KEEP))
    run(reserve("logins"))


def organizations() -> None:
    op.create_table(
        "organizations",
        required("id", sa.Uuid(), "A UUIDv7: ordered by creation."),
        required("name", sa.Text(), "What it is called: 1 to 200 characters."),
        required("currency", sa.Text(), "The currency of its hourly rates, by its ISO 4217 code."),
        *bookkeeping(),
        sa.PrimaryKeyConstraint("id"),
        length("name", 200),
        currency_code(),
    )


def users() -> None:
    tenant_table(
        "users",
        required("name", sa.Text(), "What the user is called: 1 to 200 characters."),
        required(
            "email",
            sa.Text(),
            "The e-mail address, as the user writes it. Unique in the organization, whatever the letters' case.",
        ),
        required("role", sa.String(), "What the user may do."),
        moment("deactivated_at", "When the user lost access; null for a user who can log in."),
        length("name", 200),
        length("email", 254, least=3),
        check("email_format", r"email ~ '^[^@\s]+@[^@\s]+$'"),
        one_of("role", "OWNER", "MANAGER", "MEMBER"),
    )
    op.create_index(
        op.f("uq_users_organization_id_email"), "users", ["organization_id", sa.text("lower(email)")], unique=True
    )
    page_indexes("users", "name")


def workers() -> None:
    tenant_table(
        "workers",
        optional("user_id", sa.Uuid(), "The id of the user who this worker is, if they log in."),
        required("name", sa.Text(), "What the worker is called: 1 to 200 characters."),
        money("hourly_rate", "What an hour of the worker's time costs, in the organization's currency."),
        moment("deactivated_at", "Since when the worker takes no more tasks; null for an active worker."),
        refers("user_id", "users"),
        unique("user_id"),
        length("name", 200),
        check("hourly_rate", "hourly_rate >= 0"),
    )
    page_indexes("workers", "name")


def logins() -> None:
    """Create the one table outside tenancy: a log-in has no organization before it is found."""
    op.create_table(
        "logins",
        required("email", sa.Text(), "The address typed at log-in, in lower case."),
        required("organization_id", sa.Uuid(), "The organization that the address logs in to."),
        required("user_id", sa.Uuid(), "The user that the address logs in as. One address per user."),
        required("password_hash", sa.Text(), "The password's Argon2 hash, with its parameters."),
        *bookkeeping(versioned=False),
        sa.PrimaryKeyConstraint("email"),
        refers("user_id", "users", ondelete="CASCADE"),
        unique("user_id"),
        length("email", 254, least=3),
        check("email_lower", "email = lower(email)"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([f"REVOKE ALL ON alembic_version FROM {APP}"])
    run(["ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC"])
    for table in ("logins", "workers", "users", "organizations"):
        op.drop_table(table)
