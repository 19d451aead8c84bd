"""Trusted documents, which ``workline documents push`` stores for all server processes."""

from alembic import op

from graphql_app.migrations.access import reserve
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "e6a1b8d35f79"
down_revision = "e5f9c4d20a38"
branch_labels = None
depends_on = None

DOCUMENTS = """
CREATE TABLE trusted_documents (
    id text NOT NULL,
    hash text NOT NULL,
    text text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    pushed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_trusted_documents PRIMARY KEY (id),
    CONSTRAINT ck_trusted_documents_id_length CHECK (char_length(id) BETWEEN 1 AND 255),
    CONSTRAINT ck_trusted_documents_text_length CHECK (char_length(text) BETWEEN 1 AND 1000000)
)
"""
INDEX = "CREATE INDEX ix_trusted_documents_hash ON trusted_documents (hash)"
FIND = """
CREATE FUNCTION find_trusted_document(key text)
RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT document.text FROM public.trusted_documents AS document
    WHERE document.id = key OR document.hash = key
    ORDER BY document.id = key DESC LIMIT 1
$$
"""
FUNCTIONS = {"find_trusted_document(text)": (FIND, "The text of the document with this id or this hash, or null.")}
COMMENTS = {
    "trusted_documents.id": "ID of the document in the manifest, without the prefix sha256:, 1-255 characters.",
    "trusted_documents.hash": "SHA-256 hash of the text in lower-case hexadecimal digits, by which the document is "
    "found, too.",
    "trusted_documents.text": "GraphQL document, up to 1,000,000 characters.",
    "trusted_documents.created_at": "Time of the first push.",
    "trusted_documents.pushed_at": "Time of the last push of a manifest that contains the document.",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([DOCUMENTS, INDEX, *reserve("trusted_documents")])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
    op.execute("DROP TABLE trusted_documents")
