"""Schema of one role: what other roles require is left out, and the rest is a valid schema."""

import pytest
from graphql import build_schema

from graphql_app.cli.role_schema import sdl_of_role
from graphql_app.types.schema import Api


@pytest.mark.parametrize("role", ["OWNER", "MANAGER", "MEMBER"])
def test_a_role_sees_the_fields_that_it_may_use(workline_api: Api, role: str) -> None:
    schema = build_schema(sdl_of_role(workline_api.sdl, role))
    is_manager = role != "MEMBER"
    assert schema.mutation_type is not None
    assert "createTask" in schema.mutation_type.fields
    assert ("transferFunds" in schema.mutation_type.fields) is is_manager
    assert ("TransferFundsInput" in schema.type_map) is is_manager
    for name in ("Worker", "WorkerFilter", "WorkerOrderBy", "WorkerGroupKey"):
        assert ("hourlyRate" in schema.type_map[name].fields) is is_manager, name  # type: ignore[attr-defined]
