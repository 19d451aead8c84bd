"""Background jobs of organizations, whose table is the queue, and the removal of expired rows."""

from alembic import op

from graphql_app.migrations.access import KEEP, secure
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "ee9f6051d148"
down_revision = "ec7d4e39bf26"
branch_labels = None
depends_on = None

JOBS = """
CREATE TABLE jobs (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    status varchar NOT NULL,
    arguments jsonb NOT NULL,
    state jsonb NOT NULL,
    total integer,
    done integer NOT NULL DEFAULT 0,
    failed integer NOT NULL DEFAULT 0,
    error text,
    priority smallint NOT NULL,
    concurrency_key text,
    available_at timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    started_at timestamptz,
    finished_at timestamptz,
    created_by_id uuid,
    scopes text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_jobs PRIMARY KEY (organization_id, id),
    CONSTRAINT fk_jobs_organization_id
        FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT fk_jobs_organization_id_created_by_id
        FOREIGN KEY (organization_id, created_by_id) REFERENCES users (organization_id, id) ON DELETE CASCADE,
    CONSTRAINT ck_jobs_status CHECK (status IN ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
    CONSTRAINT ck_jobs_priority CHECK (priority BETWEEN 1 AND 5),
    CONSTRAINT ck_jobs_counts CHECK (done >= 0 AND failed >= 0 AND total >= 0),
    CONSTRAINT ck_jobs_lease CHECK (leased_until IS NULL OR status = 'RUNNING'),
    CONSTRAINT ck_jobs_finished_at
        CHECK ((status IN ('SUCCEEDED', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL))
)
"""
INDEXES = [
    "CREATE INDEX ix_jobs_organization_id_created_by_id_id ON jobs (organization_id, created_by_id, id)",
    "CREATE INDEX ix_jobs_organization_id_created_at_id ON jobs (organization_id, created_at, id)",
    "CREATE INDEX ix_jobs_queue ON jobs (priority DESC, available_at, id) WHERE status IN ('QUEUED', 'RUNNING')",
    "CREATE INDEX ix_jobs_finished_at ON jobs (finished_at) WHERE finished_at IS NOT NULL",
    "CREATE UNIQUE INDEX uq_jobs_organization_id_concurrency_key ON jobs (organization_id, concurrency_key) "
    "WHERE status = 'RUNNING'",
]
COMMENTS = {
    "jobs.organization_id": "ID of the organization.",
    "jobs.id": "ID of the record, a UUIDv7: IDs sort by creation time.",
    "jobs.name": "Name of the kind of job.",
    "jobs.status": "Status of the job.",
    "jobs.arguments": "Arguments of the job.",
    "jobs.state": "Checkpoint that the last step has stored for the next one.",
    "jobs.total": "Number of items to process; null while it is unknown.",
    "jobs.done": "Number of items that were processed.",
    "jobs.failed": "Number of items that were rejected.",
    "jobs.error": "Reason of the last failure; null without one.",
    "jobs.priority": "Priority from 1 (lowest) to 5 (highest).",
    "jobs.concurrency_key": "Key of which at most one job of the organization runs at a time; null without one.",
    "jobs.available_at": "Time from which a process may run the job: its start, another attempt, or the lease end.",
    "jobs.leased_until": "Time until which a process holds the job; null if none does.",
    "jobs.attempt": "Number of leases so far. Every write of a process requires the number of its own lease.",
    "jobs.failures": "Number of failures since the last completed step.",
    "jobs.started_at": "Time at which the job was started; null before.",
    "jobs.finished_at": "Time at which the job ended; null before.",
    "jobs.created_by_id": "ID of the user who started the job; null for a scheduled job.",
    "jobs.scopes": "Scopes of the API key that started the job, separated by spaces; null without one.",
    "jobs.created_at": "Time of creation.",
    "jobs.updated_at": "Time of the last change.",
}
CLAIM = """
CREATE FUNCTION claim_jobs(names text[], most integer, lease interval)
RETURNS TABLE (
    tenant uuid, job_id uuid, job_name text, arguments text, state text, attempt integer, failures integer,
    done integer, failed integer, total integer, user_id uuid, role text, scopes text
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    candidate record;
BEGIN
    FOR candidate IN
        SELECT job.organization_id, job.id FROM public.jobs AS job
        WHERE job.status IN ('QUEUED', 'RUNNING') AND job.available_at <= now() AND job.name = ANY(names)
            AND (job.status = 'RUNNING' OR job.concurrency_key IS NULL
                OR (job.organization_id, job.concurrency_key) NOT IN (
                    SELECT other.organization_id, other.concurrency_key FROM public.jobs AS other
                    WHERE other.status = 'RUNNING' AND other.concurrency_key IS NOT NULL
                ))
        ORDER BY job.priority DESC, job.available_at, job.id
        LIMIT most FOR NO KEY UPDATE SKIP LOCKED
    LOOP
        BEGIN
            UPDATE public.jobs AS job SET
                status = 'RUNNING', attempt = job.attempt + 1,
                failures = job.failures + CASE WHEN job.leased_until IS NULL THEN 0 ELSE 1 END,
                available_at = clock_timestamp() + lease, leased_until = clock_timestamp() + lease,
                started_at = coalesce(job.started_at, now()), updated_at = now()
            WHERE job.organization_id = candidate.organization_id AND job.id = candidate.id
            RETURNING job.organization_id, job.id, job.name, job.arguments::text, job.state::text, job.attempt,
                job.failures, job.done, job.failed, job.total, job.created_by_id, job.scopes
            INTO tenant, job_id, job_name, claim_jobs.arguments, claim_jobs.state, claim_jobs.attempt,
                claim_jobs.failures, claim_jobs.done, claim_jobs.failed, claim_jobs.total, user_id, claim_jobs.scopes;
        EXCEPTION WHEN unique_violation THEN
            CONTINUE;  -- another job with its concurrency key was claimed first
        END;
        SELECT person.role INTO claim_jobs.role FROM public.users AS person
        WHERE person.organization_id = tenant AND person.id = user_id;
        RETURN NEXT;
    END LOOP;
END
$$
"""
EXPIRED = """
CREATE FUNCTION delete_expired_rows(most integer, job_age interval)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    removed integer := 0;
    part integer;
BEGIN
    DELETE FROM public.idempotency_keys AS key USING (
        SELECT known.organization_id, known.id FROM public.idempotency_keys AS known
        WHERE known.expires_at < now() LIMIT most FOR UPDATE SKIP LOCKED
    ) AS expired WHERE key.organization_id = expired.organization_id AND key.id = expired.id;
    GET DIAGNOSTICS part = ROW_COUNT;
    removed := removed + part;
    DELETE FROM public.auth_sessions AS session WHERE session.id IN (
        SELECT known.id FROM public.auth_sessions AS known
        WHERE known.expires_at < now() LIMIT most FOR UPDATE SKIP LOCKED
    );
    GET DIAGNOSTICS part = ROW_COUNT;
    removed := removed + part;
    DELETE FROM public.identity_tokens AS token WHERE token.ctid = ANY(ARRAY(
        SELECT known.ctid FROM public.identity_tokens AS known
        WHERE known.expires_at < now() LIMIT most FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS part = ROW_COUNT;
    removed := removed + part;
    DELETE FROM public.jobs AS job USING (
        SELECT known.organization_id, known.id FROM public.jobs AS known
        WHERE known.finished_at < now() - job_age LIMIT most FOR UPDATE SKIP LOCKED
    ) AS expired WHERE job.organization_id = expired.organization_id AND job.id = expired.id;
    GET DIAGNOSTICS part = ROW_COUNT;
    RETURN removed + part;
END
$$
"""
FUNCTIONS = {
    "claim_jobs(text[], integer, interval)": (
        CLAIM,
        "Leases up to a number of due jobs of all organizations, those of higher priority first, and returns them.",
    ),
    "delete_expired_rows(integer, interval)": (
        EXPIRED,
        "Deletes expired idempotency keys, sessions and tokens, and old ended jobs, up to a number of each.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([JOBS, *INDEXES, *secure("jobs", KEEP)])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
    op.execute("DROP TABLE jobs")
