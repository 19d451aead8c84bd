"""Mutations: one transaction, and a payload with the record or the user errors."""

from typing import Any
from uuid import UUID

import pytest
from structlog.testing import capture_logs

from graphql_app.database.transaction import WriteTransaction
from graphql_app.errors import Conflict, Denied, Forbidden, Invalid, NotFound, RuleError
from graphql_app.postgres.admin_connections import DriverConnection
from tests.engine.backend_activity import assert_clean
from tests.engine.datasets import library
from tests.engine.toy.models import Book, Genre, Shelf
from tests.engine.toy_api import Toy

LARGE, ROWS = library("large").organization, library("large").rows
SHELF, OTHER_SHELF = str(ROWS["shelves"][0]["id"]), str(library("other").rows["shelves"][0]["id"])
NOVEL = next(row for row in ROWS["books"] if row["genre"] is Genre.NOVEL)
ATLAS = next(row for row in ROWS["books"] if row["genre"] is Genre.ATLAS)
UNKNOWN_ID = "00000000-0000-0000-0000-000000000000"
ERRORS = """errors { __typename code message path
    ... on ConflictError { currentVersion current { id ... on Book { title } } } }"""
ADD = f"mutation ($input: AddBookInput!) {{ answer: addBook(input: $input) {{ book {{ title version }} {ERRORS} }} }}"
CHANGE = f"""mutation ($input: ChangeBookInput!) {{
    answer: changeBook(input: $input) {{ book {{ title pages version }} {ERRORS} }} }}"""
REMOVE = f"mutation ($input: RemoveShelfInput!) {{ answer: removeShelf(input: $input) {{ deletedId {ERRORS} }} }}"
RUN = f'mutation {{ answer: run(name: "rule") {{ book {{ title }} {ERRORS} }} }}'


async def error_of(toy: Toy, query: str, **input: Any) -> dict[str, Any]:
    """Return the only user error of a mutation, which must return no record."""
    answer = (await toy.fetch(query, LARGE, input=input))["answer"]
    (error,) = answer.pop("errors")
    assert list(answer.values()) == [None]
    return dict(error)


async def test_a_payload_shows_the_committed_record(own_toy: Toy, admin: DriverConnection) -> None:
    tags = [str(row["id"]) for row in ROWS["tags"][:2]]
    given = {"shelfId": SHELF, "title": "New", "pages": 7, "price": "1.50", "tagIds": tags}
    answer = (await own_toy.fetch(ADD, LARGE, input=given))["answer"]
    assert answer == {"book": {"title": "New", "version": 1}, "errors": []}
    found = await admin.fetchrow("SELECT id, pages, price, organization_id FROM books WHERE title = 'New'")
    assert found is not None
    assert (found["pages"], str(found["price"]), found["organization_id"]) == (7, "1.50", LARGE)
    assert await admin.fetchval("SELECT count(*) FROM book_tags WHERE book_id = $1", found["id"]) == 2


async def test_omitted_fields_are_unchanged_and_null_is_stored(own_toy: Toy, admin: DriverConnection) -> None:
    await own_toy.fetch(CHANGE, LARGE, input={"id": str(NOVEL["id"]), "title": "Kept", "pages": 5})
    answer = (await own_toy.fetch(CHANGE, LARGE, input={"id": str(NOVEL["id"]), "pages": None}))["answer"]
    assert answer["book"] == {"title": "Kept", "pages": None, "version": 3}


@pytest.mark.parametrize(
    ("input", "code", "path"),
    [
        ({"shelfId": UNKNOWN_ID}, "NOT_FOUND", ["shelfId"]),
        ({"shelfId": OTHER_SHELF}, "NOT_FOUND", ["shelfId"]),
        ({"authorId": UNKNOWN_ID}, "NOT_FOUND", ["authorId"]),
        ({"tagIds": [UNKNOWN_ID]}, "NOT_FOUND", ["tagIds", "0"]),
        ({"tagIds": [str(ROWS["tags"][0]["id"])] * 2}, "INVALID", ["tagIds", "1"]),
        ({"title": ""}, "INVALID", ["title"]),
        ({"title": "x" * 61}, "INVALID", ["title"]),
        ({"pages": -1}, "INVALID", ["pages"]),
        ({"price": "0.001"}, "INVALID", ["price"]),
        ({"price": "1e20"}, "INVALID", ["price"]),
    ],
)
async def test_a_violated_constraint_is_reported_with_its_field(
    own_toy: Toy, admin: DriverConnection, input: dict[str, Any], code: str, path: list[str]
) -> None:
    before = await admin.fetchval("SELECT count(*) FROM books")
    error = await error_of(own_toy, ADD, **{"shelfId": SHELF, "title": "New", **input})
    assert error["__typename"] == {"NOT_FOUND": "NotFoundError", "INVALID": "ValidationError"}[code]
    assert (error["code"], error["path"]) == (code, path)
    assert not any(word in error["message"] for word in ("constraint", "violates", "books", "Key"))
    assert await admin.fetchval("SELECT count(*) FROM books") == before


async def test_a_path_contains_only_fields_of_the_input(own_toy: Toy) -> None:
    tear = f"mutation ($input: TearBookInput!) {{ answer: tearBook(input: $input) {{ book {{ id }} {ERRORS} }} }}"
    error = await error_of(own_toy, tear, id=str(NOVEL["id"]))
    assert (error["code"], error["path"]) == ("INVALID", [])
    assert "0 or more" in error["message"]


async def test_a_duplicate_value_is_reported_as_taken(own_toy: Toy) -> None:
    async def take(tx: WriteTransaction) -> Any:
        return await tx.save(Shelf(organization_id=tx.organization_id, label=ROWS["shelves"][0]["label"]))

    own_toy.script.rules["rule"] = take
    error = (await own_toy.fetch(RUN, LARGE))["answer"]["errors"][0]
    assert (error["__typename"], error["path"]) == ("ValidationError", ["label"])


async def test_a_referenced_record_cannot_be_deleted(own_toy: Toy) -> None:
    used = await error_of(own_toy, REMOVE, id=str(NOVEL["shelf_id"]))
    assert (used["__typename"], used["path"]) == ("ValidationError", [])
    assert "in use" in used["message"]
    unused = str(ROWS["shelves"][-1]["id"])
    answer = await own_toy.fetch(REMOVE, LARGE, input={"id": unused})
    assert answer == {"answer": {"deletedId": unused, "errors": []}}


@pytest.mark.parametrize("id", [UNKNOWN_ID, str(library("other").rows["books"][0]["id"])])
async def test_an_unknown_record_is_not_found(own_toy: Toy, id: str) -> None:
    error = await error_of(own_toy, CHANGE, id=id, title="New")
    assert (error["__typename"], error["code"], error["path"]) == ("NotFoundError", "NOT_FOUND", ["id"])


async def test_a_conflict_contains_the_current_record(own_toy: Toy) -> None:
    id = str(NOVEL["id"])
    first = await own_toy.fetch(CHANGE, LARGE, input={"id": id, "title": "First", "expectedVersion": 1})
    assert first["answer"]["book"]["version"] == 2
    error = await error_of(own_toy, CHANGE, id=id, title="Second", expectedVersion=1)
    assert (error["__typename"], error["code"], error["path"]) == ("ConflictError", "CONFLICT", ["expectedVersion"])
    assert (error["currentVersion"], error["current"]) == (2, {"id": id, "title": "First"})


async def test_a_rule_that_refuses_at_its_end_is_rolled_back(own_toy: Toy, admin: DriverConnection) -> None:
    error = await error_of(own_toy, CHANGE, id=str(NOVEL["id"]), title="LOUD", pages=1)
    assert (error["__typename"], error["message"], error["path"]) == ("ValidationError", "Do not shout.", ["title"])
    found = await admin.fetchrow("SELECT title, version FROM books WHERE id = $1", NOVEL["id"])
    assert dict(found or {}) == {"title": NOVEL["title"], "version": 1}


async def test_a_denied_change_is_forbidden(own_toy: Toy) -> None:
    error = await error_of(own_toy, CHANGE, id=str(ATLAS["id"]), title="New")
    assert (error["__typename"], error["code"]) == ("ForbiddenError", "FORBIDDEN")


class Late(Invalid):
    """Rule error of a domain."""

    code = "LATE"


@pytest.mark.parametrize(
    ("raised", "shown"),
    [
        (Invalid("No.", "tags", 0, "word"), ("ValidationError", "INVALID", ["tags", "0", "word"])),
        (NotFound("No."), ("NotFoundError", "NOT_FOUND", [])),
        (Denied("No."), ("ForbiddenError", "FORBIDDEN", [])),
        (Conflict("No."), ("ConflictError", "CONFLICT", [])),
        (Conflict("No.", model=Book, id=UUID(UNKNOWN_ID)), ("ConflictError", "CONFLICT", [])),
        (Late("No."), ("ValidationError", "LATE", [])),
    ],
)
async def test_each_kind_of_rule_error_has_its_type(own_toy: Toy, raised: RuleError, shown: Any) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        raise raised

    own_toy.script.rules["rule"] = rule
    error = (await own_toy.fetch(RUN, LARGE))["answer"]["errors"][0]
    assert (error["__typename"], error["code"], error["path"]) == shown
    assert error["message"] == "No."
    assert error.get("current") is None


async def test_a_bug_in_a_rule_is_masked_and_logged(own_toy: Toy, admin: DriverConnection) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        book = await tx.lock(Book, NOVEL["id"])
        book.title = "Half"
        await tx.save(book)
        raise KeyError("a secret of the implementation")

    own_toy.script.rules["rule"] = rule
    with capture_logs() as logs:
        response = await own_toy.respond(RUN, LARGE)
    (error,) = response.body["errors"]
    assert error["extensions"].keys() == {"code", "errorId"}
    assert "secret" not in str(response.body)
    (line,) = [line for line in logs if line.get("error_id") == error["extensions"]["errorId"]]
    assert isinstance(line["exc_info"], KeyError)
    assert await admin.fetchval("SELECT title FROM books WHERE id = $1", NOVEL["id"]) == NOVEL["title"]
    await assert_clean(own_toy.connections, admin)


async def test_a_request_error_in_a_rule_is_an_error_of_the_field(own_toy: Toy) -> None:
    async def rule(tx: WriteTransaction) -> Book:
        raise Forbidden("Not for readers.")

    own_toy.script.rules["rule"] = rule
    assert (await own_toy.respond(RUN, LARGE)).codes == ["FORBIDDEN"]


async def test_a_failed_mutation_does_not_prevent_the_next_one(own_toy: Toy) -> None:
    made = "{ book { title } errors { code } }"
    fields = [
        f'm{title}: changeBook(input: {{id: "{NOVEL["id"]}", title: "{title}"}}) {made}'
        for title in ("One", "TWO", "Three")
    ]
    data = await own_toy.fetch(f"mutation {{ {' '.join(fields)} }}", LARGE)
    assert [answer["book"] and answer["book"]["title"] for answer in data.values()] == ["One", None, "Three"]


async def test_all_errors_of_an_input_are_reported_before_any_statement(own_toy: Toy) -> None:
    given = {"shelfId": "x", "title": " ", "pages": -1, "price": "0.001", "tagIds": [SHELF, "x"]}
    errors = (await own_toy.fetch(ADD, LARGE, input=given))["answer"]["errors"]
    assert {error["__typename"] for error in errors} == {"ValidationError"}
    paths = [error["path"] for error in errors]
    assert sorted(paths) == [["pages"], ["price"], ["shelfId"], ["tagIds", "1"], ["title"]]
    assert own_toy.statements == []


async def test_null_is_refused_for_columns_that_are_not_nullable(own_toy: Toy) -> None:
    error = await error_of(own_toy, CHANGE, id=str(NOVEL["id"]), title=None)
    assert (error["path"], error["message"]) == (["title"], "Must not be null.")
    assert own_toy.statements == []
