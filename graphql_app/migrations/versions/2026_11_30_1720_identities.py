"""Identities, which log in and may belong to several organizations, and their sessions.

Each login becomes an identity with the same address and password, whose address counts as verified. Roles are data of
the application: the column has no CHECK any more, and a server compares the stored roles with the declared ones.
"""

from alembic import op

from graphql_app.migrations.access import APP, CURRENT, OWNER, SYSTEM, reserve
from graphql_app.migrations.tables import run

revision = "e2c6f1a97d05"
down_revision = "e1b5d2c8f463"
branch_labels = None
depends_on = None

IDENTITIES = """
CREATE TABLE identities (
    id uuid NOT NULL,
    email text NOT NULL,
    password_hash text,
    verified_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_identities PRIMARY KEY (id),
    CONSTRAINT uq_identities_email UNIQUE (email),
    CONSTRAINT ck_identities_email_length CHECK (char_length(email) BETWEEN 3 AND 254),
    CONSTRAINT ck_identities_email_lower CHECK (email = lower(email))
)
"""
SESSIONS = """
CREATE TABLE auth_sessions (
    id uuid NOT NULL,
    identity_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    user_id uuid NOT NULL,
    client text NOT NULL,
    address text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT pk_auth_sessions PRIMARY KEY (id),
    CONSTRAINT fk_auth_sessions_identity_id FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE CASCADE,
    CONSTRAINT fk_auth_sessions_organization_id_user_id
        FOREIGN KEY (organization_id, user_id) REFERENCES users (organization_id, id) ON DELETE CASCADE
)
"""
TOKENS = """
CREATE TABLE refresh_tokens (
    hash bytea NOT NULL,
    session_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    rotated_at timestamptz,
    CONSTRAINT pk_refresh_tokens PRIMARY KEY (hash),
    CONSTRAINT fk_refresh_tokens_session_id FOREIGN KEY (session_id) REFERENCES auth_sessions (id) ON DELETE CASCADE
)
"""
INDEXES = [
    "CREATE INDEX ix_users_identity_id ON users (identity_id)",
    "CREATE INDEX ix_auth_sessions_identity_id ON auth_sessions (identity_id)",
    "CREATE INDEX ix_auth_sessions_organization_id_user_id ON auth_sessions (organization_id, user_id)",
    "CREATE INDEX ix_auth_sessions_expires_at ON auth_sessions (expires_at)",
    "CREATE INDEX ix_refresh_tokens_session_id ON refresh_tokens (session_id)",
]
LINK = [
    "ALTER TABLE users ADD COLUMN identity_id uuid",
    """ALTER TABLE users ADD CONSTRAINT fk_users_identity_id
        FOREIGN KEY (identity_id) REFERENCES identities (id) ON DELETE SET NULL""",
    "ALTER TABLE users ADD CONSTRAINT uq_users_organization_id_identity_id UNIQUE (organization_id, identity_id)",
]
# a server checks its viewer's session within the organization, without the right to see the others
CHECKABLE = [
    f"CREATE POLICY tenant ON auth_sessions FOR SELECT TO {APP} USING (organization_id = {CURRENT})",
    f"GRANT SELECT (id, organization_id, user_id, expires_at, revoked_at) ON auth_sessions TO {APP}",
]
MOVE = [
    """INSERT INTO identities (id, email, password_hash, verified_at, created_at, updated_at)
        SELECT gen_random_uuid(), email, password_hash, created_at, created_at, updated_at FROM logins""",
    """UPDATE users SET identity_id = identities.id FROM logins JOIN identities ON identities.email = logins.email
        WHERE logins.organization_id = users.organization_id AND logins.user_id = users.id""",
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
RESTORE = """
INSERT INTO logins (email, organization_id, user_id, password_hash, created_at, updated_at)
SELECT DISTINCT ON (identities.id) identities.email, users.organization_id, users.id, identities.password_hash,
    identities.created_at, identities.updated_at
FROM identities JOIN users ON users.identity_id = identities.id
WHERE identities.password_hash IS NOT NULL AND users.deactivated_at IS NULL
ORDER BY identities.id, users.created_at, users.id
"""
COMMENTS = {
    "users.identity_id": "ID of the identity that logs in as this user; null for users without a login. Unique in the "
    "organization.",
    "identities.id": "ID of the record.",
    "identities.email": "Email address for login, in lower case.",
    "identities.password_hash": "Argon2 hash of the password, with its parameters; null until one is set.",
    "identities.verified_at": "Time at which the address was verified; null before, when the identity cannot log in.",
    "identities.created_at": "Time of creation.",
    "identities.updated_at": "Time of the last change.",
    "auth_sessions.id": "ID of the session, in each of its access tokens.",
    "auth_sessions.identity_id": "ID of the identity that logged in.",
    "auth_sessions.organization_id": "ID of the current organization.",
    "auth_sessions.user_id": "ID of the identity's user in the current organization.",
    "auth_sessions.client": "User-Agent of the client that logged in, up to 200 characters.",
    "auth_sessions.address": "IP address of the last login or refresh.",
    "auth_sessions.created_at": "Time of the login.",
    "auth_sessions.used_at": "Time of the last login or refresh.",
    "auth_sessions.expires_at": "Time after which the session can no longer be refreshed.",
    "auth_sessions.revoked_at": "Time at which the session was ended; null before.",
    "refresh_tokens.hash": "SHA-256 hash of the token.",
    "refresh_tokens.session_id": "ID of the session that the token refreshes.",
    "refresh_tokens.created_at": "Time of issue.",
    "refresh_tokens.rotated_at": "Time at which the token was first exchanged for another; null before.",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([IDENTITIES, *reserve("identities"), *LINK])
    run([f"SET LOCAL ROLE {SYSTEM}", *MOVE, f"SET LOCAL ROLE {OWNER}", "DROP TABLE logins"])
    run([SESSIONS, *reserve("auth_sessions"), *CHECKABLE, TOKENS, *reserve("refresh_tokens"), *INDEXES])
    run(["ALTER TABLE users DROP CONSTRAINT ck_users_role"])
    run([f"COMMENT ON COLUMN {column} IS '{text.replace("'", "''")}'" for column, text in COMMENTS.items()])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([LOGINS, *reserve("logins")])
    run([f"SET LOCAL ROLE {SYSTEM}", RESTORE, f"SET LOCAL ROLE {OWNER}"])
    run(["DROP TABLE refresh_tokens", "DROP TABLE auth_sessions"])
    run(["ALTER TABLE users DROP COLUMN identity_id", "DROP TABLE identities"])
    run(["ALTER TABLE users ADD CONSTRAINT ck_users_role CHECK (role IN ('OWNER', 'MANAGER', 'MEMBER'))"])
