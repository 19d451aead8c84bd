"""How PostgreSQL plans prepared statements: for their values each time, or once for all values.

Planning a join of five tables costs PostgreSQL more than running it for fifty rows, and with ``LIMIT $n`` it never
settles on a generic plan by itself (PostgreSQL manual, PREPARE and plan_cache_mode). A statement whose rows are found
by keys of an index is planned the same whatever the keys are, so it asks for a generic plan. A filter is planned for
its values: how many rows have a status depends on the status.
"""

GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"
CUSTOM = "SET LOCAL plan_cache_mode = auto"
