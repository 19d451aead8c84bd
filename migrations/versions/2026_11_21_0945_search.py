"""Search: the words of tasks, posts, comments and workers, computed and indexed, and the function that finds them.

PostgreSQL rewrites a table to add a stored column, and blocks reads of the table meanwhile: about a minute for a
million tasks of 35 words. Migrate a table of that size outside working hours.

The function sees every row, because no index on words is used under row-level security: if the match were evaluated
before the policy, it could reveal texts of rows that must not be seen. So it takes the organization from the same
setting as the policies, applies it itself, and returns ids only. Callers read the rows with their own rights. Words
that must not occur take no part in the rank: ts_rank returns no rank if such a word is missing.
"""

from alembic import op

from graphql_app.migrations.access import OWNER, SYSTEM, act_as_system
from graphql_app.migrations.tables import run

revision = "5e1b7d09c3a8"
down_revision = "0a6cd95e7f21"
branch_labels = None
depends_on = None

SEPARATORS = (
    r"[-/.@+<&~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf"
    r"\u2190-\u2bff\u3000-\u3004\u3008-\u3020\u3030\ufe00-\ufe0f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\U0001f000-\U0001faff]"
)
TABLES = {
    "tasks": ("title and description", {"title": "A", "coalesce(description, '')": "B"}),
    "posts": ("title and body", {"title": "A", "body": "B"}),
    "comments": ("body", {"body": "B"}),
    "workers": ("name", {"name": "A"}),
}
SIGNATURE = "find_texts(tsquery, text[], integer, real, uuid, text)"
FIND_TEXTS = """
CREATE FUNCTION find_texts(
    query tsquery, kinds text[], most integer, after_rank real, after_id uuid, after_kind text
)
RETURNS TABLE (kind text, id uuid, rank real)
LANGUAGE sql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, pg_temp
AS $$
    WITH asked AS MATERIALIZED (
        SELECT mine.organization_id, find_texts.query && ('''@' || mine.organization_id || '''')::tsquery AS query,
               querytree(find_texts.query)::tsquery AS wanted
        FROM (SELECT nullif(current_setting('app.org', true), '')::uuid AS organization_id) AS mine
        WHERE numnode(find_texts.query) > 0
    ), found AS (
        SELECT 'TASK' AS kind, task.id, ts_rank(task.search_vector, asked.wanted) AS rank
        FROM asked JOIN public.tasks AS task USING (organization_id)
        WHERE 'TASK' = ANY (find_texts.kinds) AND task.search_vector @@ asked.query
        UNION ALL
        SELECT 'POST', post.id, ts_rank(post.search_vector, asked.wanted)
        FROM asked JOIN public.posts AS post USING (organization_id)
        WHERE 'POST' = ANY (find_texts.kinds) AND post.search_vector @@ asked.query
        UNION ALL
        SELECT 'COMMENT', comment.id, ts_rank(comment.search_vector, asked.wanted)
        FROM asked JOIN public.comments AS comment USING (organization_id)
        WHERE 'COMMENT' = ANY (find_texts.kinds) AND comment.search_vector @@ asked.query
        UNION ALL
        SELECT 'WORKER', worker.id, ts_rank(worker.search_vector, asked.wanted)
        FROM asked JOIN public.workers AS worker USING (organization_id)
        WHERE 'WORKER' = ANY (find_texts.kinds) AND worker.search_vector @@ asked.query
    )
    SELECT found.kind, found.id, found.rank
    FROM found
    WHERE after_id IS NULL OR (found.rank, found.id, found.kind) < (after_rank, after_id, after_kind)
    ORDER BY found.rank DESC, found.id DESC, found.kind DESC
    LIMIT most
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    for table, (named, weights) in TABLES.items():
        add_words(table, named, weights)
    op.execute(FIND_TEXTS)
    op.execute("COMMENT ON FUNCTION find_texts IS 'What matches in this organization, best first, after a place.'")
    run(act_as_system(SIGNATURE))


def add_words(table: str, named: str, weights: dict[str, str]) -> None:
    weighed = [
        f"setweight(to_tsvector('simple', regexp_replace({text}, '{SEPARATORS}', ' ', 'g')), '{weight}')"
        for text, weight in weights.items()
    ]
    vector = " || ".join([*weighed, "array_to_tsvector(ARRAY['@' || organization_id::text])"])
    comment = f"The words of its {named}, and its organization, computed for the search."
    run(
        [
            f"ALTER TABLE {table} ADD COLUMN search_vector tsvector GENERATED ALWAYS AS ({vector}) STORED",
            f"COMMENT ON COLUMN {table}.search_vector IS '{comment}'",
            f"CREATE INDEX ix_{table}_search_vector ON {table} USING gin (search_vector)",
        ]
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([f"SET LOCAL ROLE {SYSTEM}", f"DROP FUNCTION {SIGNATURE}", f"SET LOCAL ROLE {OWNER}"])
    run([f"ALTER TABLE {table} DROP COLUMN search_vector" for table in TABLES])
