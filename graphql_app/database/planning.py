"""How PostgreSQL plans prepared statements: once for all values, or for their values each time.

Planning a join of five tables costs PostgreSQL more than running it for fifty rows, and with ``LIMIT $n`` it never
settles on a generic plan by itself (PostgreSQL manual, PREPARE and plan_cache_mode). Where values matter it settles on
one that it should not: it compares costs that it expects of all values, and has forgotten those that it saw.
"""

GENERIC = "SET LOCAL plan_cache_mode = force_generic_plan"
CUSTOM = "SET LOCAL plan_cache_mode = force_custom_plan"
AUTO = "SET LOCAL plan_cache_mode = auto"
