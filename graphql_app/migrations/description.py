"""Tables as PostgreSQL describes them: those of a database, and those that models declare.

The models' tables are created as temporary ones, and rolled back, so that PostgreSQL writes both descriptions in the
same normal form: conditions of CHECKs, expressions of columns, policies.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.exc import DBAPIError

from graphql_app.migrations.access import reserve, secure, share
from graphql_app.models.access import ACCESS, READ, TableAccess
from graphql_app.models.base import TENANT, VIEW
from graphql_app.models.kinds.kind import DIALECT
from graphql_app.postgres.catalog import OWN, PUBLIC, QUESTIONS, TABLES, Catalog
from graphql_app.postgres.errors import PostgresError

TRANSLATED = "schema_translate_map"
TEMPORARY = "pg_temp"
"""Alias of the schema of temporary tables, and its name in the definitions of indexes."""
TEXTS = ("constraint", "index", "policy", "privileges")
"""Kinds of objects whose definitions are compared as texts."""
COLUMNS = f"""
    SELECT relname, attname,
           format_type(atttypid, atttypmod) || coalesce((
               SELECT ' COLLATE ' || quote_ident(collname) FROM pg_collation JOIN pg_type ON pg_type.oid = atttypid
               WHERE pg_collation.oid = attcollation AND attcollation <> typcollation), '') AS type,
           attnotnull AS required,
           CASE WHEN attgenerated = '' THEN pg_get_expr(adbin, adrelid) END AS default,
           CASE WHEN attgenerated <> '' THEN '(' || pg_get_expr(adbin, adrelid)
               || CASE attgenerated WHEN 's' THEN ') STORED' ELSE ') VIRTUAL' END END AS generated,
           CASE attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END AS identity,
           col_description(attrelid, attnum) AS comment
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE {OWN} AND attnum > 0 AND NOT attisdropped ORDER BY relname, attnum"""  # noqa: S608 (constants)
PROPERTIES = f"""
    SELECT relname, relrowsecurity, relforcerowsecurity, obj_description(oid, 'pg_class') FROM pg_class
    WHERE {OWN}"""  # noqa: S608 (constants)
UNIQUE = f"""
    SELECT relname || '.' || conname, pg_get_indexdef(conindid)
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE {OWN} AND contype = 'u'"""  # noqa: S608 (constants)
ENUMS = """
    SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder)
    FROM pg_type JOIN pg_enum ON enumtypid = pg_type.oid
    WHERE typnamespace = $1::text::regnamespace GROUP BY typname"""


@dataclass(frozen=True, slots=True)
class ColumnDescription:
    """Column of a table, with its expressions and its comment."""

    type: str
    required: bool
    default: str | None
    generated: str | None
    identity: str | None
    comment: str | None

    def definition(self, *, required: bool) -> str:
        """Return the type and the other parts of the column in SQL, except the comment."""
        parts = [self.type]
        if self.generated is not None:
            parts.append(f"GENERATED ALWAYS AS {self.generated}")
        if self.identity is not None:
            parts.append(f"GENERATED {self.identity} AS IDENTITY")
        if self.default is not None:
            parts.append(f"DEFAULT {self.default}")
        return " ".join([*parts, "NOT NULL"] if required else parts)


@dataclass(frozen=True, slots=True)
class Description:
    """Tables of a schema, and its enum types with their values."""

    columns: Mapping[str, Mapping[str, ColumnDescription]]
    security: Mapping[str, tuple[bool, bool]]
    """True if row-level security is enabled, and True if it applies to the owner too."""
    comments: Mapping[str, str | None]
    texts: Catalog
    unique_indexes: Mapping[str, str]
    enums: Mapping[str, tuple[str, ...]]
    restored: Mapping[str, str]
    """Definitions of constraints as they are after a dump was restored, where casts are added to them."""


def describe(connection: Connection, tables: Collection[str], schema: str = PUBLIC) -> Description:
    """Return the tables with these names, as long as no temporary tables hide them."""
    columns: dict[str, dict[str, ColumnDescription]] = {name: {} for name in tables}
    for table, name, *values in rows(connection, COLUMNS, list(tables), schema):
        columns[table][name] = ColumnDescription(*values)
    properties = list(rows(connection, PROPERTIES, list(tables), schema))
    return Description(
        {name: found for name, found in columns.items() if found},
        {name: (secured, forced) for name, secured, forced, _ in properties},
        {name: comment for name, _, _, comment in properties},
        {kind: texts(connection, QUESTIONS[kind], tables, schema) for kind in TEXTS},
        texts(connection, UNIQUE, tables, schema),
        {name: tuple(labels) for name, labels in rows(connection, ENUMS, schema)},
        {},
    )


def rows(connection: Connection, query: str, *parameters: object) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of a query, whose columns have different types."""
    return (tuple(row) for row in connection.exec_driver_sql(query, parameters))


def texts(connection: Connection, query: str, tables: Collection[str], schema: str) -> dict[str, str]:
    """Return definitions by name, without the name of the schema."""
    qualifier = re.compile(rf"\b(?:{schema}|{TEMPORARY})\.")
    return {name: qualifier.sub("", text) for name, text in rows(connection, query, list(tables), schema)}


def existing_tables(connection: Connection) -> set[str]:
    """Return the names of the tables of a database."""
    return {name for (name,) in rows(connection, TABLES)}


def describe_models(connection: Connection, metadata: MetaData, tables: Collection[str]) -> Description:
    """Return the tables of models, secured as they declare. Raises PostgresError if they cannot be created."""
    declared = [each for each in metadata.sorted_tables if VIEW not in each.info]
    savepoint = connection.begin_nested()
    try:
        create_temporary(connection, metadata, declared)
        for table in declared:
            for statement in security_of(table):
                connection.exec_driver_sql(statement)
        ((schema,),) = rows(connection, "SELECT pg_my_temp_schema()::regnamespace::text")
        found = describe(connection, tables, schema)
        for name, condition in found.texts["constraint"].items():
            if condition.startswith("CHECK"):
                connection.exec_driver_sql(replaced_constraint(name, condition))
        return replace(found, restored=texts(connection, QUESTIONS["constraint"], tables, schema))
    except DBAPIError as error:
        remedy = "Create what they need by a separate migration first: workline makemigrations --empty"
        raise PostgresError(f"The tables of the models cannot be created: {error.orig}. {remedy}") from error
    finally:
        savepoint.rollback()


def create_temporary(connection: Connection, metadata: MetaData, tables: Sequence[Table]) -> None:
    """Create the tables of models as temporary ones, with their types."""
    options = connection.get_execution_options().get(TRANSLATED)
    connection.execution_options(**{TRANSLATED: {None: TEMPORARY}})
    try:
        metadata.create_all(connection, tables, checkfirst=False)
    finally:
        connection.execution_options(**{TRANSLATED: options})


def access_of(table: Table) -> TableAccess:
    """Return the access that the model of a table declares, or the default."""
    declared: TableAccess | None = table.info.get(ACCESS)
    return declared or (TableAccess() if TENANT in table.columns else TableAccess(READ, None))


def policies_of(table: Table) -> list[str]:
    """Return the statements that create the policies of a table, besides that of its organization."""
    policies = access_of(table).policies
    return [f"CREATE POLICY {quote(each)} ON {quote(table.name)} {text}" for each, text in policies.items()]


def security_of(table: Table) -> list[str]:
    """Return the statements that secure a table as its model declares."""
    access, name = access_of(table), quote(table.name)
    if not access.privileges:
        statements = reserve(name)
    elif access.tenant is None:
        statements = share(name)
    else:
        statements = secure(name, access.privileges, tenant=access.tenant)
    return statements + policies_of(table)


def refuse_sequences(tables: Iterable[Table], found: Description) -> None:
    """Raise PostgresError for a column that SQLAlchemy creates as ``serial``, unless it already has its default."""
    for table in tables:
        column = table.autoincrement_column
        if column is None or column.identity is not None or column.server_default is not None:
            continue
        existing = found.columns.get(table.name, {}).get(column.name)
        if existing is None or "nextval(" not in (existing.default or ""):
            raise PostgresError(
                f"{table.name}.{column.name} would be serial, and the application has no privilege for its sequence. "
                "Add Identity() to the column."
            )


def replaced_constraint(name: str, definition: str) -> str:
    """Return the statement that replaces a constraint, named like ``users.ck_users_role``."""
    table, _, own = name.partition(".")
    return f"ALTER TABLE {quote(table)} DROP CONSTRAINT {quote(own)}, ADD CONSTRAINT {quote(own)} {definition}"


def quote(name: str) -> str:
    """Return an identifier in SQL."""
    return DIALECT.identifier_preparer.quote(name)
