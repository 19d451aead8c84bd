"""Buckets of rate limits, which all server processes charge."""

from alembic import op

from graphql_app.migrations.access import reserve
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "e8c1a5d70b46"
down_revision = "e8c3d0f57b91"
branch_labels = None
depends_on = None

BUCKETS = """
CREATE TABLE rate_limit_buckets (
    key bytea NOT NULL,
    full_at timestamptz NOT NULL,
    CONSTRAINT pk_rate_limit_buckets PRIMARY KEY (key)
)
"""
INDEX = "CREATE INDEX ix_rate_limit_buckets_full_at ON rate_limit_buckets (full_at)"
CHARGE = """
CREATE FUNCTION charge_rate_limits(keys bytea[], costs double precision[])
RETURNS TABLE (key bytea, seconds double precision)
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM public.rate_limit_buckets AS bucket
    WHERE bucket.key IN (
        SELECT stale.key FROM public.rate_limit_buckets AS stale
        WHERE stale.full_at < now() ORDER BY stale.full_at LIMIT 10 FOR UPDATE SKIP LOCKED
    );
    INSERT INTO public.rate_limit_buckets AS bucket (key, full_at)
    SELECT given.key, now() + make_interval(secs => given.cost)
    FROM unnest(keys, costs) AS given (key, cost) ORDER BY given.key
    ON CONFLICT ON CONSTRAINT pk_rate_limit_buckets
    DO UPDATE SET full_at = greatest(bucket.full_at, now()) + (excluded.full_at - now())
    RETURNING bucket.key, greatest(extract(epoch FROM bucket.full_at - now()), 0)::double precision
$$
"""
FUNCTIONS = {
    "charge_rate_limits(bytea[], double precision[])": (
        CHARGE,
        "Adds seconds of restoration to buckets, and returns the seconds until each is full again.",
    )
}
COMMENTS = {
    "rate_limit_buckets.key": "IDs of the organization and the user, or the keyed hash of a client address.",
    "rate_limit_buckets.full_at": "Time at which the bucket is full again.",
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([BUCKETS, INDEX, *reserve("rate_limit_buckets")])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
    op.execute("DROP TABLE rate_limit_buckets")
