"""Rules for every model: comments, read-only relationships, indexes for pages."""

from enum import StrEnum

import pytest
from sqlalchemy import CheckConstraint, Column, Enum, ForeignKeyConstraint, Table, UniqueConstraint
from sqlalchemy.orm import Mapper, RelationshipProperty

from graphql_app.models.base import Base
from graphql_app.models.columns import Choice
from tests.database.catalog import OUTSIDE_TENANCY
from tests.support.application import load_models

TABLES = {table.name: table for table in load_models().sorted_tables}
TENANT_TABLES = [table for name, table in TABLES.items() if name not in {"organizations", *OUTSIDE_TENANCY}]
MAPPERS = sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__name__)
LINKS = {str(relation.secondary) for mapper in MAPPERS for relation in mapper.relationships}
RELATIONSHIPS = [relationship for mapper in MAPPERS for relationship in mapper.relationships]
CHOICES = [column for table in TABLES.values() for column in table.columns if isinstance(column.type, Enum)]


def referring_keys(table: Table) -> list[ForeignKeyConstraint]:
    """Return the foreign keys to rows of the same organization: each consists of the tenant and an id."""
    keys = [key for key in table.foreign_key_constraints if len(key.column_keys) == 2]
    return sorted(keys, key=lambda key: str(key.name))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_every_column_has_a_comment(table: Table) -> None:
    assert [column.name for column in table.columns if not (column.comment or "").endswith(".")] == []


@pytest.mark.parametrize("mapper", MAPPERS, ids=str)
def test_every_model_has_a_docstring(mapper: Mapper[Base]) -> None:
    assert (mapper.class_.__doc__ or "").partition("\n")[0].endswith((".", "link."))


@pytest.mark.parametrize("relationship", RELATIONSHIPS, ids=str)
def test_relationships_are_read_only_and_never_loaded_implicitly(relationship: RelationshipProperty[Base]) -> None:
    assert relationship.viewonly
    assert relationship.lazy == "raise"
    assert (relationship.doc or "").endswith(".")


@pytest.mark.parametrize("relationship", RELATIONSHIPS, ids=str)
def test_a_relationship_has_an_inverse(relationship: RelationshipProperty[Base]) -> None:
    back = relationship.mapper.relationships[relationship.back_populates or ""]
    assert back.mapper is relationship.parent
    assert back.back_populates == relationship.key


@pytest.mark.parametrize("table", [table for table in TENANT_TABLES if table.name not in LINKS], ids=str)
def test_every_foreign_key_is_a_relationship(table: Table) -> None:
    mapper = next(mapper for mapper in MAPPERS if mapper.local_table is table)
    joined = {frozenset(column.name for column in relation.local_columns) for relation in mapper.relationships}
    missing = [key.column_keys for key in referring_keys(table) if frozenset(key.column_keys) not in joined]
    assert missing == []
    assert "organization" in mapper.relationships


@pytest.mark.parametrize("table", TENANT_TABLES, ids=str)
def test_an_index_serves_pages_of_the_rows_that_refer_to_a_row(table: Table) -> None:
    uniques = [key for key in table.constraints if isinstance(key, UniqueConstraint)]
    few = {tuple(column.name for column in key.columns)[:2] for key in uniques}  # one row, or few
    pages = {tuple(column.name for column in index.columns)[:3] for index in table.indexes}
    pages.add(tuple(table.primary_key.columns.keys())[:3])
    for key in referring_keys(table):
        wanted = tuple(key.column_keys)
        assert wanted in few or any(page[:2] == wanted and len(page) == 3 for page in pages), key.name


@pytest.mark.parametrize("column", CHOICES, ids=str)
def test_a_choice_is_stored_as_text_and_every_value_has_a_description(column: Column[str]) -> None:
    kind = column.type
    assert isinstance(kind, Enum)
    assert not kind.native_enum
    assert kind.enum_class is not None
    assert issubclass(kind.enum_class, Choice)
    assert all(member.description.endswith(".") for member in kind.enum_class)
    assert (kind.enum_class.__doc__ or "").endswith(".")


def test_a_choice_is_a_string() -> None:
    class Color(Choice):
        """A color."""

        RED = "RED", "Like blood."

    assert isinstance(Color.RED, StrEnum)
    assert Color("RED") is Color.RED
    assert f"{Color.RED}" == "RED"
    assert Color.RED.description == "Like blood."


def test_every_constraint_has_a_name() -> None:
    named = [rule for table in TABLES.values() for rule in table.constraints if isinstance(rule, CheckConstraint)]
    assert all(str(rule.name).startswith(f"ck_{rule.table.name}_") for rule in named)
    assert len({str(rule.name) for rule in named}) == len(named)
    assert max(len(str(rule.name)) for table in TABLES.values() for rule in table.constraints) < 63
