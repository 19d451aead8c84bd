"""Check of the partitions of events."""

from graphql_app.doctor.findings import Severity
from graphql_app.doctor.rows import RowCheck

DEFAULT_PARTITION = RowCheck(
    name="events",
    query="""
        SELECT organization_id AS organization, count(*) AS events, min(created_at) AS "from" FROM events
        WHERE tableoid = 'events_default'::regclass GROUP BY 1 ORDER BY 1""",
    sound="Every event is in the partition of its month",
    unsound="organizations have events in the default partition",
    remedy="Run: workline sweep. It makes the missing partitions, and moves the events.",
    level=Severity.WARNING,
)
CHECKS = (DEFAULT_PARTITION,)
