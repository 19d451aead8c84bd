"""Schedules, and the state of the queue of background jobs."""

from alembic import op

from graphql_app.migrations.access import reserve
from graphql_app.migrations.tables import create_functions, drop_functions, run

revision = "efa07162e259"
down_revision = "ee9f6051d148"
branch_labels = None
depends_on = None

SCHEDULES = """
CREATE TABLE job_schedules (
    name text NOT NULL,
    timing text NOT NULL,
    next_at timestamptz NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    error text,
    leased_until timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT pk_job_schedules PRIMARY KEY (name)
)
"""
COMMENTS = {
    "job_schedules.name": "Name of the schedule.",
    "job_schedules.timing": "Cron expression in UTC, or interval in seconds.",
    "job_schedules.next_at": "Time of the next run.",
    "job_schedules.attempt": "Number of runs so far. Every write of a process requires the number of its own run.",
    "job_schedules.failures": "Number of failures since the last successful run.",
    "job_schedules.error": "Reason of the last failure; null without one.",
    "job_schedules.leased_until": "Time until which a process holds the run; null if none does.",
    "job_schedules.started_at": "Time at which the last run began.",
    "job_schedules.finished_at": "Time at which the last successful run ended.",
}
QUEUE = """
CREATE FUNCTION job_queue()
RETURNS TABLE (waiting bigint, oldest double precision, failed bigint, late double precision)
LANGUAGE sql STABLE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT
        (SELECT count(*) FROM (
            SELECT FROM public.jobs AS job
            WHERE job.status IN ('QUEUED', 'RUNNING') AND job.available_at <= now() LIMIT 10000) AS due),
        (SELECT coalesce(extract(epoch FROM now() - min(job.available_at)), 0)::double precision
            FROM public.jobs AS job WHERE job.status IN ('QUEUED', 'RUNNING') AND job.available_at <= now()),
        (SELECT count(*) FROM public.jobs AS job
            WHERE job.status = 'FAILED' AND job.finished_at > now() - interval '1 day'),
        (SELECT coalesce(extract(epoch FROM now() - min(greatest(schedule.next_at, schedule.leased_until))), 0)
            ::double precision
            FROM public.job_schedules AS schedule WHERE greatest(schedule.next_at, schedule.leased_until) <= now())
$$
"""
SET_SCHEDULES = """
CREATE FUNCTION set_job_schedules(names text[], timings text[], times timestamptz[])
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    DELETE FROM public.job_schedules AS schedule WHERE schedule.name <> ALL(names);
    INSERT INTO public.job_schedules AS schedule (name, timing, next_at)
    SELECT given.name, given.timing, given.time FROM unnest(names, timings, times) AS given (name, timing, time)
    ORDER BY given.name
    ON CONFLICT ON CONSTRAINT pk_job_schedules DO UPDATE SET timing = excluded.timing, next_at = excluded.next_at
    WHERE schedule.timing <> excluded.timing
$$
"""
CLAIM_SCHEDULE = """
CREATE FUNCTION claim_job_schedule(names text[], lease interval)
RETURNS TABLE (schedule_name text, attempt integer, failures integer)
LANGUAGE sql VOLATILE ROWS 1 SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    UPDATE public.job_schedules AS schedule
    SET attempt = schedule.attempt + 1, leased_until = clock_timestamp() + lease, started_at = now()
    WHERE schedule.name = (
        SELECT due.name FROM public.job_schedules AS due
        WHERE due.name = ANY(names) AND due.next_at <= now() AND coalesce(due.leased_until <= now(), true)
        ORDER BY due.next_at LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING schedule.name, schedule.attempt, schedule.failures
$$
"""
RENEW_SCHEDULE = """
CREATE FUNCTION renew_job_schedule(schedule_name text, own_attempt integer, lease interval)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH renewed AS (
        UPDATE public.job_schedules AS schedule SET leased_until = clock_timestamp() + lease
        WHERE schedule.name = schedule_name AND schedule.attempt = own_attempt AND schedule.leased_until IS NOT NULL
        RETURNING schedule.name
    )
    SELECT EXISTS (SELECT FROM renewed)
$$
"""
END_SCHEDULE = """
CREATE FUNCTION end_job_schedule(schedule_name text, own_attempt integer, next_run timestamptz, failure text)
RETURNS boolean
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    WITH ended AS (
        UPDATE public.job_schedules AS schedule SET
            next_at = next_run, leased_until = NULL, error = failure,
            failures = CASE WHEN failure IS NULL THEN 0 ELSE schedule.failures + 1 END,
            finished_at = CASE WHEN failure IS NULL THEN now() ELSE schedule.finished_at END
        WHERE schedule.name = schedule_name AND schedule.attempt = own_attempt AND schedule.leased_until IS NOT NULL
        RETURNING schedule.name
    )
    SELECT EXISTS (SELECT FROM ended)
$$
"""
ORGANIZATIONS = """
CREATE FUNCTION organizations_without_job(job_name text, after uuid, most integer)
RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT organization.id FROM public.organizations AS organization
    WHERE (after IS NULL OR organization.id > after) AND NOT EXISTS (
        SELECT FROM public.jobs AS job
        WHERE job.organization_id = organization.id AND job.name = job_name AND job.created_by_id IS NULL
            AND job.status IN ('QUEUED', 'RUNNING')
    )
    ORDER BY organization.id LIMIT most
$$
"""
ENQUEUE = """
CREATE FUNCTION enqueue_scheduled_jobs(
    job_name text, tenants uuid[], ids uuid[], arguments text, job_priority integer, job_key text
)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
    INSERT INTO public.jobs
        (organization_id, id, name, status, arguments, state, priority, concurrency_key)
    SELECT given.tenant, given.id, job_name, 'QUEUED', arguments::jsonb, '{}', job_priority, job_key
    FROM unnest(tenants, ids) AS given (tenant, id)
$$
"""
FUNCTIONS = {
    "job_queue()": (
        QUEUE,
        "Number of due jobs up to 10,000, seconds since the oldest is due, jobs that failed in the last day, and "
        "seconds since the oldest schedule is due.",
    ),
    "set_job_schedules(text[], text[], timestamp with time zone[])": (
        SET_SCHEDULES,
        "Replaces the schedules. One with the same timing keeps the time of its next run.",
    ),
    "claim_job_schedule(text[], interval)": (CLAIM_SCHEDULE, "Leases a run of a due schedule, and returns it."),
    "renew_job_schedule(text, integer, interval)": (RENEW_SCHEDULE, "Extends a lease. False if it was lost."),
    "end_job_schedule(text, integer, timestamp with time zone, text)": (
        END_SCHEDULE,
        "Ends a run, and sets the time of the next one. False if its lease was lost.",
    ),
    "organizations_without_job(text, uuid, integer)": (
        ORGANIZATIONS,
        "A page of the organizations, by ID, in which no scheduled job of this name is unfinished.",
    ),
    "enqueue_scheduled_jobs(text, uuid[], uuid[], text, integer, text)": (
        ENQUEUE,
        "Adds a scheduled job to each of these organizations.",
    ),
}
"""Functions that run as ``workline_system``, with their definitions and comments."""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run([SCHEDULES, *reserve("job_schedules")])
    run([f"COMMENT ON COLUMN {column} IS '{text}'" for column, text in COMMENTS.items()])
    create_functions(FUNCTIONS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_functions(FUNCTIONS)
    op.execute("DROP TABLE job_schedules")
