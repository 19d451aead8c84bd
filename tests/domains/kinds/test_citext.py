"""Columns of ``citext``, where the extension exists: compared, sorted and grouped without regard to case."""

from collections.abc import AsyncIterator

import pytest
import strawberry
from sqlalchemy import MetaData
from sqlalchemy.dialects.postgresql import CITEXT
from sqlalchemy.orm import Mapped, mapped_column, registry

from graphql_app.models.base import Base, RootBase, TenantBase, new_id
from graphql_app.postgres.roles import Server
from graphql_app.types.lists import connection
from graphql_app.types.model_type import model_type
from graphql_app.types.records import Node
from graphql_app.types.schema import build_schema
from tests.engine.toy.database import make_tables
from tests.engine.toy_api import Toy, toy_on
from tests.support.databases import connected, empty_database

METADATA = MetaData()
REGISTRY = registry(metadata=METADATA, type_annotation_map=Base.type_annotation_map)
LIBRARY = new_id()


class Root(RootBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Tenant(TenantBase):
    __abstract__ = True
    metadata, registry, _sa_registry = METADATA, REGISTRY, REGISTRY


class Lexicon(Root):
    """A lexicon."""

    __tablename__ = "organizations"
    name: Mapped[str] = mapped_column(comment="Name.")


class Word(Tenant):
    """A word."""

    __tablename__ = "words"
    text: Mapped[str] = mapped_column(CITEXT, comment="Text.")


@pytest.fixture
async def words(mode: None, postgres: Server) -> AsyncIterator[Toy]:
    """Yield an API of words."""
    async with empty_database(postgres) as made, connected(made.admin) as admin:
        if not await admin.fetchval("SELECT true FROM pg_available_extensions WHERE name = 'citext'"):
            pytest.skip("this PostgreSQL has no extension citext")
        await admin.execute("CREATE EXTENSION citext")
        await make_tables(made, METADATA)
        await admin.execute("INSERT INTO organizations (id, name) VALUES ($1, 'Lexicon')", LIBRARY)
        for text in ("b", "A", "C", "a"):
            await admin.execute(
                "INSERT INTO words (organization_id, id, text) VALUES ($1, $2, $3)", LIBRARY, new_id(), text
            )
        model_type(Lexicon)(type("Lexicon", (Node,), {"__annotations__": {"name": str}}))
        model_type(Word)(type("Word", (Node,), {"__annotations__": {"text": str}}))

        @strawberry.type
        class Query:
            words = connection(Word, "The words.")

        async with toy_on(build_schema(nodes=[Lexicon, Word], queries=[Query]), made.app) as toy:
            yield toy


PAGE = """
query ($filter: WordFilter, $after: String) {
  words(filter: $filter, orderBy: [{text: {}}], first: 2, after: $after) {
    nodes { text } totalCount pageInfo { endCursor } groups(by: [{field: TEXT}]) { count }
  }
}
"""


async def test_texts_are_compared_sorted_and_grouped_without_regard_to_case(words: Toy) -> None:
    page = (await words.fetch(PAGE, LIBRARY))["words"]
    assert [node["text"] for node in page["nodes"]] == ["A", "a"]
    assert sorted(each["count"] for each in page["groups"]) == [1, 1, 2]
    page = (await words.fetch(PAGE, LIBRARY, after=page["pageInfo"]["endCursor"]))["words"]
    assert [node["text"] for node in page["nodes"]] == ["b", "C"]
    for filter, count in (({"eq": "a"}, 2), ({"in": ["B", "c"]}, 2), ({"startsWith": "A"}, 2), ({"gt": "B"}, 1)):
        assert (await words.fetch(PAGE, LIBRARY, filter={"text": filter}))["words"]["totalCount"] == count
