"""Command ``workline schema``: changes since the last review, and their effect on clients."""

from pathlib import Path

import pytest
from graphql import build_schema, is_non_null_type, is_specified_directive, print_type

from graphql_app.application import Application
from graphql_app.cli.schema import Effect, changes_between
from graphql_app.cli.semantic_nullability import with_semantic_nullability
from graphql_app.types.schema import Api
from schema import DESCRIPTION
from tests.support.api import domain_api
from tests.support.commands import Run

pytestmark = pytest.mark.slow

OLD = '''
"""Root type of queries."""
type Query { book(id: ID!): Book books(first: Int = 10): [Book!]! any: Thing }
type Book { title: String! genre: Genre pages: Int }
type Shelf { books: [Book!]! }
union Thing = Book | Shelf
enum Genre { NOVEL POEM }
input Choice { title: String genre: Genre }
input Strict @oneOf { title: String genre: Genre }
type Mutation { choose(choice: Choice, strict: Strict): Book }
'''
CHANGES = {
    "a field is removed": ("pages: Int }", "}", Effect.BREAKING, "Book.pages was removed"),
    "a type is removed": (
        "type Shelf { books: [Book!]! }\nunion Thing = Book | Shelf",
        "union Thing = Book",
        Effect.BREAKING,
        "Shelf was removed",
    ),
    "a field may be null": ("title: String! ", "title: String ", Effect.BREAKING, "Book.title changed type"),
    "an argument is required": ("choose(choice:", "choose(id: ID!, choice:", Effect.BREAKING, "required argument"),
    "an input takes one field": ("input Choice {", "input Choice @oneOf {", Effect.BREAKING, "exactly one"),
    "a value is removed": ("NOVEL POEM", "NOVEL", Effect.BREAKING, "POEM was removed"),
    "a value is new": ("NOVEL POEM", "NOVEL POEM ESSAY", Effect.DANGEROUS, "ESSAY was added"),
    "a default is changed": ("first: Int = 10", "first: Int = 20", Effect.DANGEROUS, "changed defaultValue"),
    "a field is new": ("pages: Int }", "pages: Int isbn: String }", Effect.SAFE, "Book.isbn was added"),
    "a field is never null": ("pages: Int }", "pages: Int! }", Effect.SAFE, "Book.pages changed type"),
    "an input takes several fields": ("input Strict @oneOf", "input Strict", Effect.SAFE, "accepts several"),
    "a field is deprecated": (
        "pages: Int }",
        'pages: Int @deprecated(reason: "Count them.") }',
        Effect.SAFE,
        "Book.pages is deprecated: Count them.",
    ),
    "a description is changed": ("Root type", "Root", Effect.SAFE, "Description of Query"),
}


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reuse the built API in the command, because `make check` runs the real command."""
    built = domain_api()
    monkeypatch.setattr(Application, "build", lambda _: built)


@pytest.mark.parametrize(("before", "after", "effect", "words"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_reported_with_its_effect_on_clients(before: str, after: str, effect: Effect, words: str) -> None:
    assert before in OLD
    changes = changes_between(OLD, OLD.replace(before, after))
    assert changes[0].effect is effect
    assert any(words in change.description for change in changes)


def test_breaking_changes_come_first() -> None:
    new = OLD.replace("pages: Int }", "isbn: String }").replace("NOVEL POEM", "NOVEL POEM ESSAY")
    assert [change.effect for change in changes_between(OLD, new)] == [Effect.BREAKING, Effect.DANGEROUS, Effect.SAFE]


def test_a_removed_deprecation_is_reported() -> None:
    old = OLD.replace("NOVEL POEM", 'NOVEL POEM @deprecated(reason: "Sing.")')
    (change,) = changes_between(old, OLD)
    assert (change.effect, change.description) == (Effect.SAFE, "Genre.POEM is no longer deprecated.")


@pytest.fixture
def file(tmp_path: Path, workline_api: Api) -> Path:
    """Write the current schema to a separate file."""
    path = tmp_path / "release.graphql"
    path.write_text(f"{workline_api.sdl}\n")
    return path


def change(file: Path, before: str, after: str) -> str:
    """Return the file's text after this change, and write it."""
    text = file.read_text().replace(before, after)
    assert text != file.read_text()
    file.write_text(text)
    return text


def test_the_checked_in_schema_is_compared(run: Run) -> None:
    left = run("schema", "--check")
    assert left.status == 0, left.out + left.err
    assert "schema/schema.graphql is up to date." in left.err


def test_a_schema_that_has_not_changed_is_up_to_date(run: Run, file: Path) -> None:
    left = run("schema", "--check", "--file", str(file))
    assert (left.status, left.out) == (0, "")
    assert left.err == "release.graphql is up to date.\n"


def test_a_breaking_change_is_refused_until_it_is_accepted(run: Run, file: Path) -> None:
    old = change(file, "type Query {", "type Query {\n  gone: Int")
    for option in ("--check", "--write"):
        left = run("schema", option, "--file", str(file))
        assert left.status == 1
        assert "breaking   Field Query.gone was removed." in left.out
        assert "workline schema --write --breaking --file" in left.err
        assert file.read_text() == old
    assert run("schema", "--write", "--breaking", "--file", str(file)).status == 0
    assert run("schema", "--check", "--file", str(file)).status == 0


def test_a_safe_change_only_has_to_be_written(run: Run, file: Path) -> None:
    change(file, '"""Root type of queries."""', '"""Nothing."""')
    left = run("schema", "--check", "--file", str(file))
    assert left.status == 1
    assert left.out.startswith("safe ")
    assert "out of date. Run: workline schema --write --file" in left.err
    assert run("schema", "--write", "--file", str(file)).status == 0
    assert run("schema", "--check", "--file", str(file)).status == 0


def test_a_file_of_another_format_must_be_written(run: Run, file: Path) -> None:
    file.write_text(f"# by hand\n{file.read_text()}")
    left = run("schema", "--check", "--file", str(file))
    assert (left.status, left.out) == (1, "")
    assert "workline schema --write" in left.err


def test_a_missing_file_is_written(run: Run, tmp_path: Path, workline_api: Api) -> None:
    path = tmp_path / "new.graphql"
    left = run("schema", "--check", "--file", str(path))
    assert left.status == 1
    assert "new.graphql is missing" in left.err
    assert run("schema", "--write", "--file", str(path)).status == 0
    assert path.read_text() == f"{workline_api.sdl}\n"


def test_a_file_without_a_schema_is_an_error(run: Run, file: Path) -> None:
    file.write_text("type Query {")
    left = run("schema", "--check", "--file", str(file))
    assert left.status == 1
    assert "is not a GraphQL schema" in left.err


def test_fields_that_are_null_only_by_an_error_are_marked_for_clients_that_send_on_error() -> None:
    shown = with_semantic_nullability(OLD + "type Grid { id: ID! cells: [[Int!]]! rows: [Book]! }")
    schema = build_schema(shown)
    assert "books(first: Int = 10): [Book] @semanticNonNull(levels: [0, 1])" in shown
    assert "title: String @semanticNonNull\n" in shown
    assert "cells: [[Int]] @semanticNonNull(levels: [0, 2])" in shown
    assert "rows: [Book] @semanticNonNull\n" in shown
    assert "id: ID!" in print_type(schema.type_map["Grid"])
    assert "book(id: ID!)" in print_type(schema.type_map["Query"])


def test_root_fields_are_nullable_so_that_an_error_leaves_their_siblings(workline_api: Api) -> None:
    schema = workline_api.graphql_schema
    assert schema.query_type is not None
    assert schema.mutation_type is not None
    fields = [*schema.query_type.fields.values(), *schema.mutation_type.fields.values()]
    assert len(fields) > 50
    assert not any(map(is_non_null_type, (each.type for each in fields)))


def test_printed_directives_are_those_of_the_introspection(workline_api: Api) -> None:
    schemas = [workline_api.graphql_schema, build_schema(workline_api.sdl)]
    introspected, shown = (
        {each.name: each for each in schema.directives if not is_specified_directive(each)} for schema in schemas
    )
    assert {"auth", "cost", "listSize"} < introspected.keys() == shown.keys()
    for name, directive in introspected.items():
        arguments = {key: str(each.type) for key, each in directive.args.items()}
        assert arguments == {key: str(each.type) for key, each in shown[name].args.items()}
        assert (directive.description, directive.locations) == (shown[name].description, shown[name].locations)


@pytest.mark.parametrize("options", [[], ["--role", "MEMBER"], ["--semantic-non-null"]])
def test_the_schema_has_the_description_of_the_domain_package(run: Run, options: list[str]) -> None:
    schema = build_schema(run("schema", *options).out)
    assert schema.description == DESCRIPTION


def test_root_fields_that_only_an_error_makes_null_are_marked_too(run: Run) -> None:
    shown = run("schema", "--semantic-non-null").out
    marks = {
        line.partition(": ")[2].partition(" @")[0]: line.endswith("@semanticNonNull") for line in shown.splitlines()
    }
    assert [marks[kind] for kind in ("Viewer", "CreateTaskPayload", "[Node]", "Task")] == [True, True, True, False]


def test_the_schema_with_semantic_nullability_is_valid_and_only_printed(run: Run) -> None:
    left = run("schema", "--semantic-non-null")
    assert left.status == 0
    schema = build_schema(left.out)
    assert "nodes: [Task]\n" in print_type(schema.type_map["TaskConnection"])
    assert "title: String!\n" in print_type(schema.type_map["CreateTaskInput"])
    assert run("schema", "--semantic-non-null", "--check").status == 2


def test_two_files_are_compared(run: Run, file: Path) -> None:
    new = file.with_name("new.graphql")
    new.write_text(file.read_text().replace("enum TaskStatus {", "enum TaskStatus {\n  FORGOTTEN"))
    left = run("schema", "diff", str(file), str(new))
    assert (left.status, left.err) == (0, "0 breaking, 1 dangerous, 0 safe changes.\n")
    assert left.out.startswith("dangerous  ")
    assert "FORGOTTEN" in left.out
    back = run("schema", "diff", str(new), str(file))
    assert (back.status, back.err) == (1, "1 breaking, 0 dangerous, 0 safe changes.\n")
    new.write_text("type {")
    refused = run("schema", "diff", str(file), str(new))
    assert refused.status == 1
    assert "new.graphql is not a GraphQL schema" in refused.err


def test_the_schema_for_agents_can_be_limited_to_a_role(run: Run) -> None:
    full, of_role = run("schema", "--for-agents"), run("schema", "--for-agents", "--role", "MEMBER")
    assert full.out.startswith("# GraphQL schema, minified")
    assert build_schema(of_role.out).query_type is not None
    assert len(of_role.out) < len(full.out)


def test_the_schema_for_agents_is_not_written_to_the_file(run: Run) -> None:
    assert "only print the schema" in run("schema", "--for-agents", "--write").err
