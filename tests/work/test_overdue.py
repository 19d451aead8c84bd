"""Field ``Task.isOverdue``: past its due time, and neither done nor cancelled."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType, GraphQLObjectType, get_named_type, is_leaf_type

from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.types.declarations import NOT_IN_LISTS
from graphql_app.types.schema import Api
from tests.support.api import Workline
from tests.support.organizations import ALPHA, id_of

OVERDUE = "query ($id: ID!) { task(id: $id) { isOverdue } }"
TASK = id_of("tasks", 0)


async def put(connection: DriverConnection, status: str, due: str | None) -> None:
    """Set the status and the due time of the task, in SQL."""
    done = "now()" if status == "DONE" else "NULL"
    await connection.execute(
        f"UPDATE tasks SET status = $1, due_at = {due or 'NULL'}, completed_at = {done} "
        "WHERE organization_id = $2 AND id = $3",
        status,
        ALPHA.organization,
        TASK,
    )


@pytest.mark.parametrize(
    ("status", "due", "expected"),
    [
        ("OPEN", "now() - interval '1 second'", True),
        ("IN_PROGRESS", "now() - interval '1 year'", True),
        ("OPEN", "now() + interval '1 hour'", False),
        ("OPEN", None, False),
        ("DONE", "now() - interval '1 year'", False),
        ("CANCELLED", "now() - interval '1 year'", False),
    ],
)
async def test_a_task_is_overdue(own_workline: Workline, status: str, due: str | None, expected: bool) -> None:
    async with own_workline.database.as_system() as connection:
        await put(connection, status, due)
    data: dict[str, Any] = await own_workline.fetch(OVERDUE, id=str(TASK))
    assert data["task"]["isOverdue"] is expected


def test_values_that_only_python_computes_state_that_they_are_not_available_in_filters(workline_api: Api) -> None:
    types = workline_api.graphql_schema.type_map
    without_filter = {
        f"{name}.{field}": definition.description
        for name, kind in types.items()
        if isinstance(kind, GraphQLObjectType)
        if isinstance(accepted := types.get(f"{name}Filter"), GraphQLInputObjectType)
        for field, definition in kind.fields.items()
        if is_leaf_type(get_named_type(definition.type)) and field not in accepted.fields
    }
    assert sorted(without_filter) == ["ApiKey.scopes", "Job.progress", "Organization.currency", "Task.isOverdue"]
    assert [name for name, text in without_filter.items() if not (text or "").endswith(NOT_IN_LISTS)] == []
