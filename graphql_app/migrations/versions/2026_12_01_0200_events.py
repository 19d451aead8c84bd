"""Outbox: events of records, partitioned by time, and the functions that write them and maintain its partitions."""

from alembic import op

from graphql_app.migrations.access import APP, APPEND, OWNER, SYSTEM, offer_to_app, secure
from graphql_app.migrations.tables import ORGANIZATION_ID, run

revision = "ec7d4e39bf26"
down_revision = "eb6c3d28ae15"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE events (
    organization_id uuid NOT NULL,
    id uuid NOT NULL,
    position bigint NOT NULL DEFAULT nextval('events_position'),
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    type text NOT NULL,
    operation varchar NOT NULL,
    subject_type text NOT NULL,
    subject_id uuid NOT NULL,
    version integer,
    actor_id uuid,
    key_id uuid,
    mutation text,
    changes jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT pk_events PRIMARY KEY (organization_id, id),
    CONSTRAINT fk_events_organization_id FOREIGN KEY (organization_id) REFERENCES organizations (id) ON DELETE CASCADE,
    CONSTRAINT ck_events_operation CHECK (operation IN ('CREATED', 'UPDATED', 'DELETED'))
) PARTITION BY RANGE (id)
"""
INDEXES = {
    "ix_events_organization_id_subject_id_id": "organization_id, subject_id, id",
    "ix_events_organization_id_xid_position": "organization_id, xid, position",
}
COMMENTS = {
    "organization_id": ORGANIZATION_ID,
    "id": "ID of the event, a UUIDv7: events sort by time. The same event is delivered with the same ID.",
    "position": "Number that increases with each change of the same record. Events of others may be in between.",
    "xid": "ID of the transaction, by which readers find new events.",
    "type": "Type of the event, such as `task.created` or `order.paid`.",
    "operation": "Kind of the change.",
    "subject_type": "Name of the type of the record, such as `Task`.",
    "subject_id": "ID of the record.",
    "version": "Version of the record after the change; null if it has no version.",
    "actor_id": "ID of the user who made the change; null for a change by the server.",
    "key_id": "ID of the API key with which the change was requested; null without one.",
    "mutation": "Name of the mutation that made the change; null for a change by the server.",
    "changes": "Old and new values of the changed columns, by their names.",
    "created_at": "Time of the change.",
}
WRITE = """
CREATE PROCEDURE write_events(actor uuid, key uuid, written text)
LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO public.events (
        organization_id, id, type, operation, subject_type, subject_id, version, actor_id, key_id, mutation, changes
    )
    SELECT current_setting('app.org')::uuid, event.id, event.type, event.operation, event.subject_type,
        event.subject_id, event.version, actor, key, event.mutation, event.changes
    FROM jsonb_to_recordset(written::jsonb) AS event (
        id uuid, type text, operation text, subject_type text, subject_id uuid, version integer, mutation text,
        changes jsonb
    );
END
$$
"""
FIRST_ID = """
CREATE FUNCTION first_event_id(moment timestamptz) RETURNS uuid
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM moment) * 1000)::bigint), 12, '0') || '70008000000000000000')::uuid
$$
"""
MAKE = """
CREATE FUNCTION make_event_partitions(months integer) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    first timestamptz;
    partition text;
    statement text;
    lower uuid;
    upper uuid;
    made integer := 0;
    secured CONSTANT text[] := ARRAY[
        'ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY',
        'ALTER TABLE public.%I FORCE ROW LEVEL SECURITY',
        'CREATE POLICY system ON public.%I TO workline_system USING (true) WITH CHECK (true)',
        'GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO workline_system'
    ];
BEGIN
    IF months NOT BETWEEN 0 AND 24 THEN
        RAISE EXCEPTION 'months must be between 0 and 24';
    END IF;
    PERFORM pg_advisory_xact_lock(4117320955081847);
    IF to_regclass('public.events_default') IS NULL THEN
        CREATE TABLE public.events_default PARTITION OF public.events DEFAULT;
        FOREACH statement IN ARRAY secured LOOP
            EXECUTE format(statement, 'events_default');
        END LOOP;
    END IF;
    FOR ahead IN -1..months LOOP
        first := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => ahead)) AT TIME ZONE 'UTC';
        partition := 'events_' || to_char(first AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || partition) IS NOT NULL;
        lower := public.first_event_id(first);
        upper := public.first_event_id((first AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC');
        EXECUTE format(
            'CREATE TABLE public.%I (LIKE public.events INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        -- moves the rows of the default partition, which the owner sees in this transaction
        ALTER TABLE public.events_default NO FORCE ROW LEVEL SECURITY;
        EXECUTE format(
            'WITH moved AS (DELETE FROM public.events_default WHERE id >= %L AND id < %L RETURNING *) '
            'INSERT INTO public.%I SELECT * FROM moved', lower, upper, partition);
        ALTER TABLE public.events_default FORCE ROW LEVEL SECURITY;
        FOREACH statement IN ARRAY secured LOOP
            EXECUTE format(statement, partition);
        END LOOP;
        EXECUTE format(
            'ALTER TABLE public.events ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            partition, lower, upper);
        made := made + 1;
    END LOOP;
    RETURN made;
END
$$
"""
DROP = """
CREATE FUNCTION drop_event_partitions(before timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    partition text;
    dropped integer := 0;
BEGIN
    IF before IS NULL OR before > now() - interval '1 day' THEN
        RAISE EXCEPTION 'events of the last day are kept';
    END IF;
    PERFORM pg_advisory_xact_lock(4117320955081847);
    FOR partition IN
        SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
        WHERE inhparent = 'public.events'::regclass AND child.relname ~ '^events_\\d{4}_\\d{2}$'
        ORDER BY child.relname
    LOOP
        IF (to_date(right(partition, 7), 'YYYY_MM') + interval '1 month') AT TIME ZONE 'UTC' <= before THEN
            EXECUTE format('DROP TABLE public.%I', partition);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END
$$
"""
FUNCTIONS = {
    "first_event_id(timestamp with time zone)": (FIRST_ID, "Least ID of an event of this time or later."),
    "make_event_partitions(integer)": (
        MAKE,
        "Creates missing partitions of events for the last month, this one and following ones; returns their number.",
    ),
    "drop_event_partitions(timestamp with time zone)": (
        DROP,
        "Drops the partitions whose months ended before a time that is at least a day ago; returns their number.",
    ),
}
"""Functions of the owner. Those that the application may call only create and drop partitions of events."""
CALLED = "write_events(uuid, uuid, text)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run(["CREATE SEQUENCE events_position", f"GRANT USAGE ON SEQUENCE events_position TO {APP}, {SYSTEM}", TABLE])
    run([f"CREATE INDEX {name} ON events ({columns})" for name, columns in INDEXES.items()])
    run(secure("events", APPEND))
    run([f"COMMENT ON COLUMN events.{column} IS '{text}'" for column, text in COMMENTS.items()])
    run([WRITE, f"COMMENT ON PROCEDURE {CALLED} IS 'Writes the events of a transaction.'", *offer_to_app(CALLED)])
    for function, (definition, comment) in FUNCTIONS.items():
        run([definition, f"COMMENT ON FUNCTION {function} IS '{comment}'"])
        run([f"ALTER FUNCTION {function} OWNER TO {OWNER}", f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC"])
    run([f"GRANT EXECUTE ON FUNCTION {function} TO {APP}" for function in FUNCTIONS if "partitions" in function])
    op.execute("SELECT make_event_partitions(2)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    run(["DROP TABLE events", f"DROP PROCEDURE {CALLED}", "DROP SEQUENCE events_position"])
    run([f"DROP FUNCTION {function}" for function in reversed(FUNCTIONS)])
