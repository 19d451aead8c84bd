"""Numbers of statements: one per relationship and level, whatever the number of rows."""

import pytest
from sqlalchemy import Select
from sqlalchemy.sql.compiler import SQLCompiler

from tests.engine.backend_activity import all_returned
from tests.engine.datasets import Libraries
from tests.engine.toy_api import Toy
from tests.support.execution_modes import by_mode

FIVE_LEVELS = """{
  shelves { nodes { label
    books(first: 5) { nodes { title
      author { name }
      tags(first: 3) { nodes { word
        books(first: 2) { nodes { title
          volumes(first: 2) { nodes { title } }
        } }
      } }
    } }
  } }
}"""
SHARED = (
    "nodes { title } edges { cursor node { title } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }"
)


@pytest.mark.parametrize("name", ["large", "small"])
async def test_five_levels_take_one_statement_per_relationship_and_level(
    toy: Toy, libraries: Libraries, name: str
) -> None:
    await toy.fetch(FIVE_LEVELS, libraries.id(name))
    # shelves, their books, the books' authors and tags, the tags' books, and their volumes; a plan joins the authors
    assert len(toy.statements) == by_mode(resolved=6, planned=5)


async def test_an_operation_without_rows_takes_no_connection(toy: Toy, libraries: Libraries) -> None:
    await all_returned(toy.connections)
    opened = toy.connections.status()
    await toy.fetch("{ greeting __typename __schema { queryType { name } } }", libraries.id("large"))
    assert toy.statements == []
    assert toy.connections.status() == opened


async def count(toy: Toy, libraries: Libraries, query: str) -> int:
    await toy.fetch(query, libraries.id("large"))
    return len(toy.statements)


async def test_nodes_edges_and_page_info_share_a_statement(toy: Toy, libraries: Libraries) -> None:
    assert await count(toy, libraries, f"{{ books {{ {SHARED} }} }}") == 1
    assert await count(toy, libraries, f"{{ shelves {{ nodes {{ books(last: 3) {{ {SHARED} }} }} }} }}") == 2


async def test_the_total_count_takes_one_more_statement_for_all_parents(toy: Toy, libraries: Libraries) -> None:
    assert await count(toy, libraries, "{ books { totalCount } }") == 1
    assert await count(toy, libraries, "{ books { totalCount nodes { id } } }") == 2
    assert await count(toy, libraries, "{ shelves { nodes { books { totalCount nodes { id } } } } }") == 3


async def test_has_previous_page_behind_a_cursor_takes_one_more_statement(toy: Toy, libraries: Libraries) -> None:
    page = await toy.fetch("{ books(first: 2) { pageInfo { endCursor } } }", libraries.id("large"))
    query = "query ($after: String) { books(first: 2, after: $after) { pageInfo { hasNextPage %s } } }"
    for fields, number in (("endCursor", 1), ("hasPreviousPage", 2)):
        await toy.fetch(query % fields, libraries.id("large"), after=page["books"]["pageInfo"]["endCursor"])
        assert len(toy.statements) == number


async def test_equal_fields_share_a_statement(toy: Toy, libraries: Libraries) -> None:
    same = "{ books { nodes { a: tags { nodes { id } } b: tags { nodes { word } } } } }"
    assert await count(toy, libraries, same) == 2
    assert await count(toy, libraries, same.replace("b: tags", "b: tags(first: 1)")) == 3


async def test_rows_are_looked_up_once_per_key(toy: Toy, libraries: Libraries) -> None:
    assert await count(toy, libraries, "{ books { nodes { cover { color } b: cover { id } } } }") == 2
    # the shelves of the notes' books are the books' shelves
    query = "{ books(first: 100) { nodes { shelf { id notes { nodes { subject { ... on Shelf { label } } } } } } } }"
    assert await count(toy, libraries, query) == by_mode(resolved=3, planned=4)


async def test_an_id_in_a_foreign_key_is_not_looked_up(toy: Toy, libraries: Libraries) -> None:
    assert await count(toy, libraries, "{ books { nodes { shelf { id __typename } } } }") == by_mode(
        resolved=2, planned=1
    )


async def test_a_null_key_is_not_looked_up(toy: Toy, libraries: Libraries) -> None:
    query = "{ books(filter: {authorId: {isNull: true}}) { nodes { author { name } } } }"
    assert await count(toy, libraries, query) == 1


async def test_a_union_takes_one_statement_per_table(toy: Toy, libraries: Libraries) -> None:
    query = "{ notes(first: 100) { nodes { subject { ... on Book { title } ... on Shelf { label } } } } }"
    assert await count(toy, libraries, query) == 3


async def test_any_number_of_ids_takes_one_statement_and_one_per_table(toy: Toy, libraries: Libraries) -> None:
    rows = libraries.rows("large")
    ids = [str(row["id"]) for table in ("books", "shelves") for row in rows[table]]
    data = await toy.fetch("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", libraries.id("large"), ids=ids)
    assert [node["id"] for node in data["nodes"]] == ids
    assert len(toy.statements) == by_mode(planned=1, resolved=3)
    aliases = " ".join(f'n{number}: node(id: "{id}") {{ id }}' for number, id in enumerate(ids[:20]))
    assert await count(toy, libraries, f"{{ {aliases} }}") == by_mode(planned=1, resolved=2)
    titles = aliases.replace("{ id }", "{ id ... on Book { title } ... on Shelf { label } }")
    assert await count(toy, libraries, f"{{ {titles} }}") == 2


async def test_an_empty_list_takes_no_statements_below(toy: Toy, libraries: Libraries) -> None:
    await toy.fetch(FIVE_LEVELS, libraries.id("empty"))
    assert len(toy.statements) == 1


LEVELS = (
    "{ shelves(first: 3) { nodes { id books(first: 2) { totalCount nodes { title author { name } } } } } }",
    "{ other: shelves(first: 4) { nodes { key: id b: books(first: 2) { nodes { t: title author { name } } ...F } } } }"
    " fragment F on BookConnection { count: totalCount }",
)


async def test_documents_share_the_statements_of_equal_levels(
    planned_toy: Toy, libraries: Libraries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A level is compiled once, whatever the names of fields, and the second document builds no Select."""
    first, second = LEVELS
    data = await planned_toy.fetch(first, libraries.id("large"))

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("This was compiled before.")

    monkeypatch.setattr(SQLCompiler, "__init__", refuse)
    monkeypatch.setattr(Select, "__init__", refuse)
    other = await planned_toy.fetch(second, libraries.id("large"))
    assert [each["key"] for each in other["other"]["nodes"]][:3] == [each["id"] for each in data["shelves"]["nodes"]]
