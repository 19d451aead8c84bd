"""Changes of a table's model, one per kind, and the statements that their migrations contain."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Column,
    Computed,
    Enum,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Numeric,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSTZRANGE, ExcludeConstraint
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import UserDefinedType

from graphql_app.models.access import ACCESS, APPEND, KEEP, READ, SYSTEM_ONLY, TableAccess
from graphql_app.models.base import NAMING_CONVENTION

ROW = "INSERT INTO tools (organization_id, id, name) VALUES (gen_random_uuid(), gen_random_uuid(), 'Anvil')"
MOODS = ("calm", "tense")


class Price(TypeDecorator[Any]):
    """Type of the application over one with arguments."""

    impl = Numeric
    cache_ok = True


class Mood(TypeDecorator[Any]):
    """Type of the application over an enum, with its CHECK or its type."""

    impl = Enum
    cache_ok = True


class Box(UserDefinedType[Any]):
    """Type of the application over one that SQLAlchemy lacks."""

    cache_ok = True

    def get_col_spec(self, **_options: object) -> str:
        return "box"


def tools(
    *items: SchemaItem, access: TableAccess | None = None, comment: str | None = None, **columns: Any
) -> MetaData:
    """Return a table with two columns and ``items``, and another one that it can refer to."""
    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    Table("shelves", metadata, *key(), Column("label", Text), PrimaryKeyConstraint("organization_id", "id"))
    name, weight = columns.get("name"), columns.get("weight")
    Table(
        "tools",
        metadata,
        *key(),
        name if name is not None else Column("name", Text, nullable=False, comment="Name."),
        weight if weight is not None else Column("weight", Integer),
        *items,
        PrimaryKeyConstraint("organization_id", "id"),
        info={ACCESS: access} if access else {},
        comment=comment,
    )
    return metadata


def key() -> list[Column[Any]]:
    return [Column("organization_id", Uuid, nullable=False), Column("id", Uuid, nullable=False)]


def kind(*values: str, native: bool) -> Column[Any]:
    """Return a column with an enum, stored as text or as a separate type."""
    type = Enum(*values, name="mood", native_enum=native, create_constraint=not native, length=None)
    return Column("mood", type, server_default=values[0])


def only(name: str) -> MetaData:
    """Return one of the two tables."""
    metadata = tools()
    metadata.remove(metadata.tables["tools" if name == "shelves" else "shelves"])
    return metadata


@dataclass(frozen=True)
class Alteration:
    """Two versions of a model. The migration from one to the other contains ``statements``, in both directions."""

    name: str
    before: Callable[[], MetaData]
    after: Callable[[], MetaData]
    statements: tuple[str, ...]
    findings: tuple[str, ...] = ()
    """Rules of squawk that the migration violates, because of what its comments warn of."""
    row: str = field(default=ROW)

    def __str__(self) -> str:
        return self.name


def price(condition: str) -> MetaData:
    return tools(CheckConstraint(condition, name="weight"))


def shelved(ondelete: str | None = None) -> MetaData:
    columns = ["organization_id", "shelf_id"]
    refers = ForeignKeyConstraint(columns, ["shelves.organization_id", "shelves.id"], ondelete=ondelete)
    return tools(Column("shelf_id", Uuid), refers)


ALTERATIONS = [
    Alteration(
        "check_added",
        tools,
        lambda: price("weight > 0"),
        ("CHECK ((weight > 0)) NOT VALID", "VALIDATE CONSTRAINT ck_tools_weight"),
    ),
    Alteration("check_dropped", lambda: price("weight > 0"), tools, ("DROP CONSTRAINT ck_tools_weight",)),
    Alteration(
        "check_changed_by_parentheses_alone",
        lambda: price("(weight > 0 OR weight < -9) AND weight <> 5"),
        lambda: price("weight > 0 OR (weight < -9 AND weight <> 5)"),
        ("CHECK (((weight > 0) OR ((weight < '-9'::integer) AND (weight <> 5)))) NOT VALID",),
    ),
    Alteration(
        "value_of_a_text_enum_added",
        lambda: tools(kind(*MOODS, native=False)),
        lambda: tools(kind(*MOODS, "o'hara", native=False)),
        ("DROP CONSTRAINT ck_tools_mood", "'o''hara'", "VALIDATE CONSTRAINT ck_tools_mood"),
    ),
    Alteration(
        "native_enum_added",
        tools,
        lambda: tools(kind(*MOODS, native=True)),
        ("CREATE TYPE mood AS ENUM ('calm', 'tense')", "ADD COLUMN mood mood DEFAULT 'calm'::mood"),
    ),
    Alteration(
        "native_enum_dropped",
        lambda: tools(kind(*MOODS, native=True)),
        tools,
        ("DROP TYPE mood",),
        (
            "ban-drop-column",
            "ban-drop-type",
        ),
    ),
    Alteration(
        "values_of_a_native_enum_added",
        lambda: tools(kind(*MOODS, native=True), Column("moods", ARRAY(Enum(*MOODS, name="mood")))),
        lambda: tools(
            kind("new", "calm", "so so", "tense", native=True),
            Column("moods", ARRAY(Enum("new", "calm", "so so", "tense", name="mood"))),
        ),
        ("ADD VALUE IF NOT EXISTS 'new' BEFORE 'calm'", "ADD VALUE IF NOT EXISTS 'so so' AFTER 'calm'"),
    ),
    Alteration(
        "value_of_a_native_enum_removed",
        lambda: tools(kind("calm", "gone", "tense", native=True)),
        lambda: tools(kind(*MOODS, native=True)),
        ("RENAME TO mood_replaced", "DROP TYPE mood_replaced", "# Rewrites the tables", "# removed: gone"),
        (
            "ban-drop-default",
            "ban-drop-type",
            "changing-column-type",
            "renaming-object",
        ),
    ),
    Alteration(
        "column_added",
        tools,
        lambda: tools(Column("note", Text, comment="A note: 'x'.")),
        ("ADD COLUMN note text", "IS 'A note: ''x''.'"),
    ),
    Alteration(
        "column_with_a_default_added",
        tools,
        lambda: tools(Column("count", Integer, nullable=False, server_default="1")),
        ("ADD COLUMN count integer DEFAULT 1 NOT NULL",),
    ),
    Alteration(
        "required_column_added_to_an_empty_table",
        tools,
        lambda: tools(Column("note", Text, nullable=False)),
        (
            "ADD COLUMN note text",
            "VALIDATE CONSTRAINT tools_note_required",
            "ALTER COLUMN note SET NOT NULL",
            "# Fails while rows have no tools.note",
        ),
        row="",
    ),
    Alteration(
        "column_dropped",
        lambda: tools(Column("note", Text, comment="A note.")),
        tools,
        ("DROP COLUMN note", "# Deletes values."),
        ("ban-drop-column",),
    ),
    Alteration(
        "column_of_an_index_and_of_constraints_dropped",
        lambda: tools(
            Column("note", Text),
            Index(None, "note"),
            UniqueConstraint("note"),
            CheckConstraint("note <> ''", name="note"),
        ),
        tools,
        ("DROP INDEX ix_tools_note", "DROP CONSTRAINT uq_tools_note", "DROP COLUMN note"),
        ("ban-drop-column", "require-concurrent-index-deletion"),
    ),
    Alteration(
        "identity_added",
        tools,
        lambda: tools(Column("number", Integer, Identity(always=True), nullable=False)),
        ("GENERATED ALWAYS AS IDENTITY",),
        ("adding-field-with-default",),
    ),
    Alteration(
        "identity_changed",
        lambda: tools(Column("number", Integer, Identity(always=True), nullable=False)),
        lambda: tools(Column("number", Integer, Identity(), nullable=False)),
        ("SET GENERATED BY DEFAULT",),
    ),
    Alteration(
        "generated_column_added",
        tools,
        lambda: tools(Column("double", Integer, Computed("weight * 2", persisted=True))),
        ("GENERATED ALWAYS AS ((weight * 2)) STORED", "# Rewrites the table"),
        ("adding-field-with-default",),
    ),
    Alteration(
        "generated_column_with_an_index_changed",
        lambda: tools(
            Column("double", Integer, Computed("weight * 2", persisted=True), comment="Twice."), Index(None, "double")
        ),
        lambda: tools(
            Column("double", Integer, Computed("weight + weight", persisted=True), comment="Twice."),
            Index(None, "double"),
        ),
        ("DROP COLUMN double", "((weight + weight))", "CREATE INDEX CONCURRENTLY ix_tools_double"),
        (
            "adding-field-with-default",
            "ban-drop-column",
            "require-concurrent-index-deletion",
        ),
    ),
    Alteration(
        "null_forbidden",
        lambda: tools(weight=Column("weight", Integer)),
        lambda: tools(weight=Column("weight", Integer, nullable=False)),
        ("weight IS NOT NULL) NOT VALID", "ALTER COLUMN weight SET NOT NULL"),
        row="",
    ),
    Alteration(
        "null_allowed",
        lambda: tools(name=Column("name", Text, nullable=False)),
        lambda: tools(name=Column("name", Text)),
        ("DROP NOT NULL",),
    ),
    Alteration(
        "default_changed",
        lambda: tools(weight=Column("weight", Integer, server_default="1")),
        lambda: tools(weight=Column("weight", Integer, server_default=text("2 + 3"))),
        ("SET DEFAULT (2 + 3)", "SET DEFAULT 1"),
    ),
    Alteration(
        "default_dropped",
        lambda: tools(weight=Column("weight", Integer, server_default="1")),
        tools,
        ("DROP DEFAULT", "SET DEFAULT 1"),
        ("ban-drop-default",),
    ),
    Alteration(
        "type_changed",
        lambda: tools(weight=Column("weight", Integer, server_default="1")),
        lambda: tools(weight=Column("weight", Numeric(6, 2), server_default="1")),
        ("TYPE numeric(6,2) USING weight::numeric(6,2)", "# Rewrites the table"),
        (
            "ban-drop-default",
            "changing-column-type",
        ),
    ),
    Alteration(
        "text_widened",
        lambda: tools(Column("code", String(5))),
        lambda: tools(Column("code", String(9))),
        ("TYPE character varying(9)",),
        (
            "changing-column-type",
            "prefer-text-field",
        ),
    ),
    Alteration(
        "comment_of_a_column_changed",
        lambda: tools(weight=Column("weight", Integer, comment="Weight.")),
        lambda: tools(weight=Column("weight", Integer, comment="In kg: 50%, :none.")),
        ("COMMENT ON COLUMN tools.weight IS 'In kg",),
    ),
    Alteration(
        "comment_of_a_table_added",
        tools,
        lambda: tools(comment="Tools."),
        ("COMMENT ON TABLE tools IS 'Tools.'", "IS NULL"),
    ),
    Alteration(
        "index_added",
        tools,
        lambda: tools(Index(None, "organization_id", "weight", postgresql_where=text("weight > 5"))),
        ("CREATE INDEX CONCURRENTLY", "WHERE (weight > 5)"),
    ),
    Alteration(
        "index_dropped",
        lambda: tools(Index(None, "weight")),
        tools,
        ("DROP INDEX CONCURRENTLY IF EXISTS ix_tools_weight",),
    ),
    Alteration(
        "index_changed",
        lambda: tools(Index("weights", "weight")),
        lambda: tools(Index("weights", "weight", "name", unique=True)),
        ("CREATE UNIQUE INDEX CONCURRENTLY weights",),
    ),
    Alteration(
        "unique_constraint_added",
        tools,
        lambda: tools(UniqueConstraint("name", deferrable=True, initially="DEFERRED")),
        (
            "CREATE UNIQUE INDEX CONCURRENTLY uq_tools_name",
            "UNIQUE USING INDEX uq_tools_name DEFERRABLE INITIALLY DEFERRED",
        ),
    ),
    Alteration(
        "unique_constraint_dropped", lambda: tools(UniqueConstraint("name")), tools, ("DROP CONSTRAINT uq_tools_name",)
    ),
    Alteration(
        "unique_constraint_changed",
        lambda: tools(UniqueConstraint("name", name="names")),
        lambda: tools(UniqueConstraint("name", "weight", name="names", postgresql_nulls_not_distinct=True)),
        ("DROP CONSTRAINT names", "UNIQUE USING INDEX names"),
    ),
    Alteration(
        "exclusion_added",
        tools,
        lambda: tools(Column("lent", TSTZRANGE), ExcludeConstraint(("lent", "&&"), name="lent")),
        ("EXCLUDE USING gist (lent WITH &&)", "# Locks the table"),
        ("constraint-missing-not-valid",),
    ),
    Alteration(
        "foreign_key_added",
        lambda: tools(Column("shelf_id", Uuid)),
        shelved,
        ("REFERENCES shelves(organization_id, id) NOT VALID", "VALIDATE CONSTRAINT fk_tools_organization_id_shelf_id"),
    ),
    Alteration(
        "action_of_a_foreign_key_changed", shelved, lambda: shelved("CASCADE"), ("ON DELETE CASCADE NOT VALID",)
    ),
    Alteration(
        "privileges_reduced",
        tools,
        lambda: tools(access=TableAccess(KEEP)),
        ("REVOKE DELETE ON tools FROM workline_app", "GRANT DELETE ON tools TO workline_app", "# The running release"),
    ),
    Alteration(
        "privileges_extended",
        lambda: tools(access=TableAccess(APPEND)),
        lambda: tools(access=TableAccess(KEEP)),
        ("GRANT UPDATE ON tools TO workline_app",),
    ),
    Alteration(
        "reserved_for_the_system",
        tools,
        lambda: tools(access=SYSTEM_ONLY),
        ("DROP POLICY tenant ON tools", "REVOKE DELETE, INSERT, SELECT, UPDATE ON tools FROM workline_app"),
    ),
    Alteration(
        "shared_as_a_reference_table",
        tools,
        lambda: tools(access=TableAccess(READ, tenant=None)),
        ("CREATE POLICY reference ON tools FOR SELECT TO workline_app USING (true)",),
    ),
    Alteration(
        "policy_added",
        tools,
        lambda: tools(
            access=TableAccess(policies={"light": "AS RESTRICTIVE FOR UPDATE TO workline_app USING (weight < 9)"})
        ),
        (
            "CREATE POLICY light ON tools AS RESTRICTIVE FOR UPDATE TO workline_app USING ((weight < 9))",
            "DROP POLICY light",
        ),
    ),
    Alteration(
        "policy_changed_to_permissive",
        lambda: tools(
            access=TableAccess(policies={"light": "AS RESTRICTIVE FOR UPDATE TO workline_app USING (weight < 9)"})
        ),
        lambda: tools(access=TableAccess(policies={"light": "FOR UPDATE TO workline_app USING (weight < 9)"})),
        ("DROP POLICY light", "CREATE POLICY light ON tools FOR UPDATE"),
    ),
    Alteration(
        "table_added",
        lambda: only("shelves"),
        tools,
        ("op.create_table('tools'", "run(secure('tools', CHANGE))"),
        row="",
    ),
    Alteration(
        "table_with_types_of_the_application_added",
        lambda: only("shelves"),
        lambda: tools(
            Column("price", Price(12, 2)),
            Column("prices", ARRAY(Price(8, 3))),
            Column("place", Box()),
            Column("mood", Mood(*MOODS, name="mood", native_enum=False, create_constraint=True, length=None)),
            Column("temper", Mood(*MOODS, name="temper")),
        ),
        (
            "sa.Column('price', SqlType('NUMERIC(12, 2)')",
            "postgresql.ARRAY(SqlType('NUMERIC(8, 3)'))",
            "SqlType('box')",
            "CREATE TYPE temper",
        ),
        row="",
    ),
    Alteration(
        "column_with_a_type_of_the_application_added",
        tools,
        lambda: tools(Column("price", Price(12, 2))),
        ("ADD COLUMN price numeric(12,2)",),
    ),
    Alteration(
        "table_dropped",
        lambda: tools(
            Index(None, "weight"),
            CheckConstraint("weight > 0", name="weight"),
            kind(*MOODS, native=True),
            access=TableAccess(KEEP),
            comment="Tools.",
        ),
        lambda: only("shelves"),
        ("DROP TABLE tools", "CREATE POLICY tenant", "# Deletes values."),
        ("ban-drop-table", "ban-drop-type"),
    ),
]
