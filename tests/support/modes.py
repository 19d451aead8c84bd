"""Two ways to the same answers: the tests run with plans, or with resolvers alone under ``WORKLINE_TEST_PLAN=off``."""

import os
from typing import Any

from graphql_app.execution.executor import ExecutorOptions

VARIABLE = "WORKLINE_TEST_PLAN"
MODES = {"on": True, "off": False}
MODE = os.environ.get(VARIABLE, "on")
if MODE not in MODES:
    raise ValueError(f"{VARIABLE} is on or off, not {MODE}")
PLAN = MODES[MODE]
"""Whether executors of this test run make plans, unless a test says otherwise."""


def usual_options(**chosen: Any) -> ExecutorOptions:
    """Options for an executor of this test run."""
    return ExecutorOptions(**{"plan": PLAN, **chosen})


def by_mode[T](*, plan: T, resolvers: T) -> T:
    """What is expected of this test run, where the two ways differ: never in a response, often in statements."""
    return plan if PLAN else resolvers
