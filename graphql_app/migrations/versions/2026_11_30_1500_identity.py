"""Tables of the engine: organizations, users, logins, failed logins and idempotency keys.

Applications that are older than this revision created these tables themselves, with the same names, columns and
constraints. Here they are adopted: only what is missing is created.
"""

from alembic import op

from graphql_app.migrations.access import APP, CHANGE, KEEP, reserve, secure
from graphql_app.migrations.tables import is_alone, run, unless_exists

revision = "e0a4c1d7b352"
down_revision = None
branch_labels = ("workline",)
depends_on = None

ORGANIZATIONS = """
CREATE TABLE organizations (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_organizations PRIMARY KEY (id),
    CONSTRAINT ck_organizations_name_length CHECK (char_length(name) BETWEEN 1 AND 200)
)
"""
USERS = r"""
CREATE TABLE users (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    role varchar NOT NULL,
    deactivated_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT pk_users PRIMARY KEY (organization_id, id),
    CONSTRAINT fk_users_organization_id FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT ck_users_name_length CHECK (char_length(name) BETWEEN 1 AND 200),
    CONSTRAINT ck_users_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT ck_users_email_format CHECK (email ~ '^[^@\s]+@[^@\s]+$'),
    CONSTRAINT ck_users_role CHECK (role IN ('OWNER', 'MANAGER', 'MEMBER'))
)
"""
USER_INDEXES = [
    "CREATE UNIQUE INDEX uq_users_organization_id_email ON users (organization_id, lower(email))",
    "CREATE INDEX ix_users_organization_id_name_id ON users (organization_id, name, id)",
]
LOGINS = """
CREATE TABLE logins (
    email text NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_logins PRIMARY KEY (email),
    CONSTRAINT fk_logins_organization_id_user_id
        FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_logins_organization_id_user_id UNIQUE (organization_id, user_id),
    CONSTRAINT ck_logins_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT ck_logins_email_lower CHECK (email = lower(email))
)
"""
LOGIN_FAILURES = """
CREATE TABLE login_failures (
    key bytea NOT NULL,
    cleared_at timestamptz NOT NULL,
    known_until timestamptz,
    expires_at timestamptz NOT NULL,
    CONSTRAINT pk_login_failures PRIMARY KEY (key)
)
"""
KEYS = """
CREATE TABLE idempotency_keys (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    mutation text NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    result jsonb,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (organization_id, id),
    CONSTRAINT fk_idempotency_keys_organization_id
        FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_idempotency_keys_organization_id_user_id
        FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT uq_idempotency_keys_organization_id_user_id_mutation_key
        UNIQUE (organization_id, user_id, mutation, key),
    CONSTRAINT ck_idempotency_keys_key_length CHECK (char_length(key) BETWEEN 1 AND 255)
)
"""
KEY_INDEX = """
CREATE INDEX ix_idempotency_keys_organization_id_expires_at_id ON idempotency_keys (organization_id, expires_at, id)
"""
FAILURE_INDEX = "CREATE INDEX ix_login_failures_expires_at ON login_failures (expires_at)"
TABLES = {
    "organizations": [ORGANIZATIONS, *secure("organizations", "SELECT, UPDATE", tenant="id")],
    "users": [USERS, *USER_INDEXES, *secure("users", KEEP)],  # never deleted, so that their work keeps their name
    "logins": [LOGINS, *reserve("logins")],
    "login_failures": [LOGIN_FAILURES, FAILURE_INDEX, *reserve("login_failures")],
    "idempotency_keys": [KEYS, KEY_INDEX, *secure("idempotency_keys", CHANGE)],
}
"""Tables in the order of their references, with the statements that create them."""
LATER = "ALTER TABLE users ADD COLUMN IF NOT EXISTS credentials_version integer NOT NULL DEFAULT 1"
CREATED = "Time of creation."
CHANGED = "Time of the last change."
RECORD = "ID of the record, a UUIDv7: IDs sort by creation time."
OWNED = "ID of the organization."
VERSION = (
    "Version of the record, which increases with each change. Pass it as `expectedVersion` to change the record only "
    "at this version."
)
COMMENTS = {
    "organizations.id": RECORD,
    "organizations.name": "Name of the organization, 1-200 characters.",
    "organizations.created_at": CREATED,
    "organizations.updated_at": CHANGED,
    "organizations.version": VERSION,
    "users.organization_id": OWNED,
    "users.id": RECORD,
    "users.name": "Name of the user, 1-200 characters.",
    "users.email": "Email address, in the user's own spelling. Unique in the organization, case-insensitive.",
    "users.role": "Role of the user, which determines the user's rights.",
    "users.deactivated_at": "Time of the deactivation; null for an active user.",
    "users.created_at": CREATED,
    "users.updated_at": CHANGED,
    "users.version": VERSION,
    "users.credentials_version": "Increases when the password changes or access ends; tokens of earlier versions are "
    "invalid.",
    "logins.email": "Email address for login, in lower case.",
    "logins.organization_id": "ID of the organization that the address logs in to.",
    "logins.user_id": "ID of the user that the address logs in as. One address per user.",
    "logins.password_hash": "Argon2 hash of the password, with its parameters.",
    "logins.created_at": CREATED,
    "logins.updated_at": CHANGED,
    "login_failures.key": "Keyed hash of an account, a client address, or both.",
    "login_failures.cleared_at": "Time at which the last counted failure expires.",
    "login_failures.known_until": "Time until which the address is known to the account; null if it has never logged "
    "in.",
    "login_failures.expires_at": "Time after which the row may be deleted.",
    "idempotency_keys.organization_id": OWNED,
    "idempotency_keys.id": RECORD,
    "idempotency_keys.user_id": "ID of the user who sent the key.",
    "idempotency_keys.mutation": "Name of the mutation that was called with the key.",
    "idempotency_keys.key": "Idempotency key, 1-255 characters.",
    "idempotency_keys.digest": "SHA-256 hash of the input of the first call.",
    "idempotency_keys.result": "IDs of the records in the result.",
    "idempotency_keys.expires_at": "Time of expiry.",
    "idempotency_keys.created_at": CREATED,
    "idempotency_keys.updated_at": CHANGED,
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    # tables are closed by default anyway, functions are open to PUBLIC
    run(["ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"])
    # a server that is not at the head of the migrations is not ready
    run([f"GRANT SELECT ON alembic_version TO {APP}"])
    run([unless_exists(table, statements) for table, statements in TABLES.items()])
    run([LATER])
    run([f"COMMENT ON COLUMN {column} IS '{text.replace("'", "''")}'" for column, text in COMMENTS.items()])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    if is_alone(revision):
        run(f"DROP TABLE IF EXISTS {table}" for table in reversed(TABLES))
        run([f"REVOKE ALL ON alembic_version FROM {APP}"])
        run(["ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO PUBLIC"])
