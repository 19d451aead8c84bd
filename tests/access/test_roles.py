"""The stored role applies whatever role the token has, from the next operation on, for promotion and demotion."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from graphql_app.database.session import OperationSession
from graphql_app.errors import RoleChanged
from tests.access.user_changes import MANAGER, MEMBER, demote, promote, store
from tests.isolation.crawl_target import Ground
from tests.isolation.mutation_probes import Writing
from tests.people.test_hourly_rates import DOORS, RATES
from tests.support.api import OWNER, Json, Workline
from tests.support.organizations import ALPHA, id_of

RESTRICTED = """{
  workers { nodes { hourlyRate } aggregates { max { hourlyRate } } }
  dashboard { moneyIn { amount } }
  search(query: "worker", types: [WORKER]) { nodes { ... on Worker { hourlyRate } } }
}"""
FOR_MANAGERS = {
    "openAccount", "closeAccount", "transferFunds", "reverseTransfer",
    "createOrder", "addOrderLine", "updateOrderLine", "removeOrderLine",
    "placeOrder", "payOrder", "cancelOrder", "fulfilOrder",
    "createWorker", "deactivateWorker", "reactivateWorker", "linkWorker", "unlinkWorker",
}  # fmt: skip
"""Mutations that a member is denied for every input."""


def rates(data: Json) -> list[Any]:
    """Return every value of the answer to RESTRICTED that only managers may read."""
    nodes = [*data["workers"]["nodes"], data["workers"]["aggregates"]["max"], *data["search"]["nodes"]]
    return [data["dashboard"]["moneyIn"], *(node["hourlyRate"] for node in nodes)]


async def test_a_demoted_manager_reads_as_a_member(own_workline: Workline) -> None:
    assert None not in rates(await own_workline.fetch(RESTRICTED, MANAGER))
    await demote(own_workline)
    assert set(map(str, rates(await own_workline.fetch(RESTRICTED, MANAGER)))) == {"None"}


async def test_a_promoted_member_reads_as_a_manager(own_workline: Workline) -> None:
    assert set(map(str, rates(await own_workline.fetch(RESTRICTED, MEMBER)))) == {"None"}
    await promote(own_workline)
    assert None not in rates(await own_workline.fetch(RESTRICTED, MEMBER))


async def test_filters_and_orders_on_restricted_columns_follow_the_stored_role(own_workline: Workline) -> None:
    await demote(own_workline)
    await promote(own_workline)
    for root in DOORS.values():
        assert (await own_workline.refuse(f"{{ {root} }}", MANAGER))["code"] == "FORBIDDEN", root
        await own_workline.fetch(f"{{ {root} }}", MEMBER)


async def test_a_promoted_member_reads_a_field_that_would_be_null(own_workline: Workline) -> None:
    money = "{ dashboard { moneyIn { amount } } }"
    await promote(own_workline)
    assert (await own_workline.fetch(money, MEMBER))["dashboard"]["moneyIn"] is not None


async def test_mutations_for_managers_follow_the_stored_role(own_workline: Workline, ground: Ground) -> None:
    await demote(own_workline)
    await promote(own_workline)
    given = Writing(ground.api, ground.mine)
    for name in sorted(FOR_MANAGERS):
        call = f"mutation {{ it: {given.call(name, '{ errors { code } }')} }}"
        denied = (await own_workline.fetch(call, MANAGER))["it"]["errors"]
        assert [error["code"] for error in denied] == ["FORBIDDEN"], name
        allowed = (await own_workline.fetch(call, MEMBER))["it"]["errors"]
        assert "FORBIDDEN" not in [error["code"] for error in allowed], name


async def test_rights_to_records_of_another_author_follow_the_stored_role(own_workline: Workline) -> None:
    """Posts may be deleted by their author or by a manager."""
    others = f'mutation {{ deletePost(input: {{id: "{id_of("posts", 0)}"}}) {{ errors {{ code }} }} }}'
    await demote(own_workline)
    await store(own_workline, "role = 'MANAGER'", MEMBER.user_id)
    async with own_workline.database.as_system() as connection:
        await connection.execute("UPDATE posts SET author_id = $1", OWNER.user_id)
        await connection.execute("DELETE FROM comments WHERE post_id IS NOT NULL")
    assert (await own_workline.fetch(others, MANAGER))["deletePost"]["errors"] == [{"code": "FORBIDDEN"}]
    assert (await own_workline.fetch(others, MEMBER))["deletePost"]["errors"] == []


async def test_each_mutation_field_is_checked_against_the_role_at_its_start(own_workline: Workline) -> None:
    """An owner gives up the role: the payload and all later fields are what a member gets, and nothing runs twice."""
    await store(own_workline, "role = 'OWNER'")
    account = id_of("accounts", 0)
    body = await own_workline.respond(
        f"""mutation ($me: ID!) {{
          first: createTask(input: {{title: "Once"}}) {{ errors {{ code }} }}
          changeRole(input: {{id: $me, role: MEMBER}}) {{
            user {{ role organization {{ workers {{ nodes {{ hourlyRate }} }} }} }}
            errors {{ code }}
          }}
          transferFunds(input: {{fromAccountId: "{account}", toAccountId: "{id_of("accounts", 1)}", amount: "0.01"}})
            @idempotent(key: "{uuid4()}") {{ errors {{ code }} }}
        }}""",
        OWNER,
        me=str(OWNER.user_id),
    )
    assert "errors" not in body
    changed = body["data"]["changeRole"]
    assert (changed["user"]["role"], changed["errors"]) == ("MEMBER", [])
    assert {node["hourlyRate"] for node in changed["user"]["organization"]["workers"]["nodes"]} == {None}
    assert body["data"]["transferFunds"]["errors"] == [{"code": "FORBIDDEN"}]
    async with own_workline.database.as_system() as connection:
        assert await connection.fetchval("SELECT count(*) FROM tasks WHERE title = 'Once'") == 1


async def test_a_role_change_during_operations_never_mixes_both_roles(own_workline: Workline) -> None:
    """A manager who is demoted and promoted repeatedly reads either as a manager or as a member."""
    manager, member = [[role] * len(RATES) for role in ("seen", "hidden")]

    async def change() -> None:
        for _ in range(10):
            await demote(own_workline)
            await store(own_workline, "role = 'MANAGER'")

    changing = asyncio.create_task(change())
    while not changing.done():
        body = await own_workline.respond("{ workers { nodes { hourlyRate } } }", MANAGER)
        if "errors" in body:
            assert [error["extensions"]["code"] for error in body["errors"]] == ["SERVICE_UNAVAILABLE"]
            continue
        nodes = body["data"]["workers"]["nodes"]
        assert [["hidden", "seen"][node["hourlyRate"] is not None] for node in nodes] in (manager, member)
    await changing


async def test_the_access_check_adds_no_round_trip_and_no_statement(
    own_workline: Workline, monkeypatch: pytest.MonkeyPatch
) -> None:
    await own_workline.connections.ping()  # opens a connection outside any transaction
    messages: list[str] = []
    execute, fetch = asyncpg.Connection.execute, asyncpg.Connection.fetch

    async def executing(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        messages.append(query)
        return await execute(self, query, *arguments, **options)

    async def fetching(self: Any, query: str, *arguments: Any, **options: Any) -> Any:
        messages.append("fetch")
        return await fetch(self, query, *arguments, **options)

    monkeypatch.setattr(asyncpg.Connection, "execute", executing)
    monkeypatch.setattr(asyncpg.Connection, "fetch", fetching)
    session = OperationSession(own_workline.connections, ALPHA.organization, viewer=OWNER)
    await session.fetch("SELECT id FROM tasks WHERE organization_id = $1", [ALPHA.organization])
    await session.close()
    begin, *rest = messages
    assert begin.count("CALL check_viewer(") == 1
    assert rest == ["fetch", "ROLLBACK"]


async def test_a_read_after_a_role_change_is_not_started(own_workline: Workline) -> None:
    await demote(own_workline)
    session = OperationSession(own_workline.connections, ALPHA.organization, viewer=MANAGER)
    for _ in range(2):
        with pytest.raises(RoleChanged) as caught:
            await session.fetch("SELECT id FROM tasks", [])
        assert caught.value.role == "MEMBER"
    await session.close()
