"""Bulk mutations: many rows in one call, under each policy for rows that fail."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.backend_activity import assert_clean, locked, until, waiting
from tests.engine.datasets import library
from tests.engine.toy.models import Genre
from tests.engine.toy_api import Toy
from tests.support.databases import TestDatabase
from tests.support.execution_modes import by_mode

LARGE, ROWS = library("large").organization, library("large").rows
SHELF, TAKEN = (str(shelf["id"]) for shelf in ROWS["shelves"][:2])
UNKNOWN_ID = str(UUID(int=0))
ANSWER = """{ count errors { __typename code path } results { book { title pages version } errors { code path } } }"""
ADD = f"""mutation ($inputs: [AddBookInput!]!, $policy: ErrorPolicy!) {{
    answer: addBooks(inputs: $inputs, errorPolicy: $policy) {ANSWER} }}"""
CHANGE = f"""mutation ($inputs: [ChangeBookInput!]!, $policy: ErrorPolicy!) {{
    answer: changeBooks(inputs: $inputs, errorPolicy: $policy) {ANSWER} }}"""
COUNT = "SELECT count(*) FROM books WHERE organization_id = $1"
EVERYTHING, FAILED, IGNORE = "REJECT_EVERYTHING", "REJECT_FAILED_ROWS", "IGNORE_FAILED"
NOVELS = [row for row in ROWS["books"] if row["genre"] is Genre.NOVEL]
ATLAS = next(row for row in ROWS["books"] if row["genre"] is Genre.ATLAS)


def books(number: int, **bad: Any) -> list[dict[str, Any]]:
    """Return inputs of new books. ``bad`` contains invalid values by index: ``at3={"title": ""}``."""
    rows: list[dict[str, Any]] = [{"shelfId": SHELF, "title": f"Book {index}", "pages": 1} for index in range(number)]
    for name, wrong in bad.items():
        rows[int(name.removeprefix("at"))].update(wrong)
    return rows


async def write(toy: Toy, query: str, policy: str, inputs: list[dict[str, Any]]) -> dict[str, Any]:
    answer: dict[str, Any] = (await toy.fetch(query, LARGE, inputs=inputs, policy=policy))["answer"]
    assert len(answer["results"]) in (0, len(inputs))
    return answer


def paths(answer: dict[str, Any]) -> list[list[str]]:
    return [error["path"] for error in answer["errors"]]


async def test_all_rows_are_inserted_by_a_few_statements(own_toy: Toy) -> None:
    answer = await write(own_toy, ADD, EVERYTHING, books(1000))
    assert (answer["count"], answer["errors"]) == (1000, [])
    assert [result["book"]["title"] for result in answer["results"]] == [f"Book {index}" for index in range(1000)]
    # one insert, which returns the columns of the payload; a savepoint is set with BEGIN and needs no release
    assert len(own_toy.statements) == by_mode(planned=1, resolved=2), own_toy.statements


async def test_all_rows_are_updated_by_a_few_statements(own_toy: Toy, admin: DriverConnection) -> None:
    inputs = [
        {"id": str(row["id"]), "title": f"New {i}", "pages": i, "expectedVersion": 1} for i, row in enumerate(NOVELS)
    ]
    answer = await write(own_toy, CHANGE, EVERYTHING, inputs)
    assert len(inputs) > 10
    assert [result["book"] for result in answer["results"]] == [
        {"title": f"New {index}", "pages": index, "version": 2} for index in range(len(inputs))
    ]
    # one select with a lock, and one update, which returns the columns of the payload
    assert len(own_toy.statements) == by_mode(planned=2, resolved=3), own_toy.statements


BAD: dict[str, Any] = {
    "at7": {"title": ""},
    "at100": {"title": "x" * 61},
    "at101": {"pages": -1},
    "at250": {"title": "Forbidden"},
    "at333": {"shelfId": UNKNOWN_ID},
    "at334": {"authorId": UNKNOWN_ID},
    "at500": {"price": "0.001"},
    "at777": {"shelfId": "none"},
    "at998": {"authorId": str(ROWS["books"][0]["id"])},
    "at999": {"title": " ", "pages": -2},
}
WRONG = [["7", "title"], ["100", "title"], ["101", "pages"], ["250", "title"], ["333", "shelfId"], ["334", "authorId"]]
WRONG += [["500", "price"], ["777", "shelfId"], ["998", "authorId"], ["999", "title"], ["999", "pages"]]
BY_INPUT = {"7", "100", "101", "500", "777", "999"}


async def test_ten_invalid_rows_of_a_thousand_are_rejected(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    answer = await write(own_toy, ADD, FAILED, books(1000, **BAD))
    assert sorted(paths(answer)) == sorted(WRONG)
    assert answer["count"] == 990
    assert await admin.fetchval(COUNT, LARGE) == before + 990
    for index, result in enumerate(answer["results"]):
        assert (result["book"] is None) == (f"at{index}" in BAD)
        assert [error["path"] for error in result["errors"]] == [path for path in WRONG if path[0] == str(index)]
    assert len(own_toy.statements) <= 20, own_toy.statements


async def test_one_invalid_row_rejects_all_rows(own_toy: Toy, admin: DriverConnection) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    bad_for_the_database = {name: wrong for name, wrong in BAD.items() if name.removeprefix("at") not in BY_INPUT}
    answer = await write(own_toy, ADD, EVERYTHING, books(1000, **bad_for_the_database))
    assert sorted(paths(answer)) == sorted(path for path in WRONG if path[0] not in BY_INPUT)
    assert answer["count"] == 0
    assert await admin.fetchval(COUNT, LARGE) == before
    assert all(result["book"] is None for result in answer["results"])
    assert answer["results"][0]["errors"] == [{"code": "TRANSACTION_ROLLED_BACK", "path": ["0"]}]
    await assert_clean(own_toy.connections, admin)


async def test_invalid_inputs_are_reported_before_any_statement(own_toy: Toy) -> None:
    answer = await write(own_toy, ADD, EVERYTHING, books(1000, **BAD))
    assert sorted(paths(answer)) == sorted(path for path in WRONG if path[0] in BY_INPUT)
    assert not [each for each in own_toy.statements if "INSERT" in each or "SAVEPOINT" in each]


async def test_invalid_values_of_optional_fields_are_omitted_on_request(own_toy: Toy, admin: DriverConnection) -> None:
    answer = await write(own_toy, ADD, IGNORE, books(1000, **BAD))
    assert sorted(paths(answer)) == sorted(WRONG)
    rejected = {"7", "100", "250", "333", "777", "999"}
    assert answer["count"] == 1000 - len(rejected)
    for index, result in enumerate(answer["results"]):
        assert (result["book"] is None) == (str(index) in rejected)
    assert answer["results"][101]["book"] == {"title": "Book 101", "pages": None, "version": 1}


@pytest.mark.parametrize("policy", [EVERYTHING, FAILED, IGNORE])
async def test_a_conflict_rejects_its_row_with_its_index(own_toy: Toy, policy: str) -> None:
    inputs: list[dict[str, Any]] = [
        {"id": str(NOVELS[0]["id"]), "title": "First", "expectedVersion": 1},
        {"id": str(NOVELS[1]["id"]), "title": "Second", "expectedVersion": 7},
        {"id": UNKNOWN_ID, "title": "Third"},
        {"id": str(ATLAS["id"]), "title": "Fourth"},
        {"id": str(NOVELS[0]["id"]), "title": "Again"},
    ]
    answer = await write(own_toy, CHANGE, policy, inputs)
    found = {(error["__typename"], *error["path"]) for error in answer["errors"]}
    assert found == {
        ("ConflictError", "1", "expectedVersion"),
        ("NotFoundError", "2", "id"),
        ("ForbiddenError", "3", "id"),
        ("ValidationError", "4", "id"),
    }
    assert answer["count"] == (0 if policy == EVERYTHING else 1)


async def test_the_first_of_two_conflicting_rows_is_written(own_toy: Toy, admin: DriverConnection) -> None:
    taken = ROWS["shelves"][0]["label"]
    labels = [f"n{index}" for index in range(100)]
    labels[40] = labels[90] = labels[10]
    labels[63] = taken
    query = f"""mutation ($inputs: [AddShelfInput!]!) {{ answer: addShelves(inputs: $inputs, errorPolicy: {FAILED}) {{
        count errors {{ code path }} results {{ shelf {{ label }} }} }} }}"""
    answer = (await own_toy.fetch(query, LARGE, inputs=[{"label": label} for label in labels]))["answer"]
    assert answer["errors"] == [{"code": "INVALID", "path": [str(index), "label"]} for index in (40, 63, 90)]
    assert [result["shelf"] and result["shelf"]["label"] for result in answer["results"]] == [
        None if index in (40, 63, 90) else label for index, label in enumerate(labels)
    ]


async def test_many_duplicates_are_found_by_a_few_statements(own_toy: Toy, admin: DriverConnection) -> None:
    labels = [f"n{index}" for index in range(300)]
    query = f"""mutation ($inputs: [AddShelfInput!]!) {{ answer: addShelves(inputs: $inputs, errorPolicy: {FAILED}) {{
        count errors {{ path }} }} }}"""
    answer = (await own_toy.fetch(query, LARGE, inputs=[{"label": label} for label in labels * 3]))["answer"]
    assert answer["count"] == 300
    assert answer["errors"] == [{"path": [str(index), "label"]} for index in range(300, 900)]
    assert len(own_toy.statements) < 20, own_toy.statements


async def test_a_rule_that_refuses_the_call_runs_once(own_toy: Toy) -> None:
    query = 'mutation { answer: closeShelves(inputs: [{id: "%s"}, {id: "%s"}]) { count errors { code path } } }'
    answer = (await own_toy.fetch(query % (SHELF, TAKEN), LARGE))["answer"]
    assert answer == {"count": 0, "errors": [{"code": "FORBIDDEN", "path": []}]}
    assert own_toy.statements == []


async def test_an_empty_list_writes_nothing(own_toy: Toy) -> None:
    answer = await write(own_toy, ADD, EVERYTHING, [])
    assert answer == {"count": 0, "errors": [], "results": []}
    assert own_toy.statements == []


async def test_too_many_rows_are_refused(own_toy: Toy) -> None:
    answer = await write(own_toy, ADD, FAILED, books(1001))
    assert answer["errors"] == [{"__typename": "ValidationError", "code": "TOO_MANY_ROWS", "path": []}]
    assert own_toy.statements == []


async def test_a_disconnect_during_a_bulk_mutation_leaves_no_rows(
    own_toy: Toy, own_database: TestDatabase, admin: DriverConnection
) -> None:
    before = await admin.fetchval(COUNT, LARGE)
    inputs = books(1000, at999={"authorId": str(ROWS["authors"][0]["id"])})
    async with locked(own_database, "authors"):
        asked = asyncio.create_task(own_toy.respond(ADD, LARGE, inputs=inputs, policy=FAILED))
        await until(lambda: waiting(admin))
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    await assert_clean(own_toy.connections, admin)
    assert await admin.fetchval(COUNT, LARGE) == before
