"""``workline documents check``: documents that a deployment would break are found before it."""

from pathlib import Path

import orjson
import pytest

from graphql_app.application import Application
from tests.support.api import domain_api
from tests.support.commands import Run

TASKS = "query Tasks($first: Int!) { tasks(first: $first) { totalCount nodes { title assignee { name } } } }"
CREATE = "mutation Create($input: CreateTaskInput!) { createTask(input: $input) { task { title } errors { message } } }"
LARGE = "{ tasks(first: 100) { nodes { assignee { tasks(first: 100) { nodes { assignee { tasks(first: 100) { nodes { id } } } } } } } } }"  # noqa: E501


@pytest.fixture(autouse=True)
def built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    built = domain_api()
    monkeypatch.setattr(Application, "build", lambda _: built)


def manifest(folder: Path, **documents: str) -> str:
    file = folder / "manifest.json"
    file.write_bytes(orjson.dumps(documents))
    return str(file)


def test_the_statements_and_the_largest_cost_of_each_operation_are_printed(run: Run, tmp_path: Path) -> None:
    left = run("documents", "check", manifest(tmp_path, a=TASKS, b=CREATE))
    assert left.status == 0
    name, cost, page, count, *_ = left.out.splitlines()
    assert name == "Tasks (manifest.json, a)"
    assert cost == "  cost at most 235, 1 lists"
    assert page.startswith("  SELECT tasks_1.title AS output_0, workers_1.name AS output_1 FROM tasks")
    assert (
        count
        == "  SELECT NULL AS anon_1, count(*) AS count_1 FROM tasks AS tasks_1 WHERE tasks_1.organization_id = $1::UUID"
    )
    assert "Create (manifest.json, b)" in left.out
    assert left.out.endswith("2 operations in 2 documents, 0 with problems.\n")


@pytest.mark.parametrize(
    "document",
    [
        "query Q($after: String) { tasks(after: $after) { pageInfo { hasNextPage hasPreviousPage } } }",
        "query Q($by: [TaskGroupBy!]!) { tasks { groups(by: $by) { count } aggregates { max { dueAt } } } }",
        "query Q($o: [TaskOrderBy!]!, $f: TaskFilter!) { tasks(orderBy: $o, filter: $f, last: 2) { nodes { id } } }",
        "query Q($from: DateTime!) { tasks(filter: {dueAt: {gt: $from}}) { edges { cursor } } }",
        "query Q($yes: Boolean!) { tasks { totalCount @include(if: $yes) nodes { id @skip(if: $yes) } } }",
        "mutation Q($in: [CreateTaskInput!]!) { createTasks(inputs: $in) { results { task { id } } } }",
    ],
)
def test_variables_without_defaults_have_example_values(run: Run, tmp_path: Path, document: str) -> None:
    left = run("documents", "check", manifest(tmp_path, a=document))
    assert left.out.endswith("1 operations in 1 documents, 0 with problems.\n"), left.out
    assert "SELECT" in left.out


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{ nothing }", "1:3: Cannot query field 'nothing' on type 'Query'."),
        ("{", "1:2: Syntax Error"),
        (LARGE, "limit is 100,000"),
        ('{ tasks(filter: {id: {eq: "x"}}) { totalCount } }', "ID"),
    ],
)
def test_a_document_that_the_server_would_refuse_fails_the_check(
    run: Run, tmp_path: Path, document: str, reason: str
) -> None:
    left = run("documents", "check", "--quiet", manifest(tmp_path, good=TASKS, bad=document))
    assert left.status == 1
    assert reason in left.out
    assert "Tasks (" not in left.out
    assert left.out.endswith("2 operations in 2 documents, 1 with problems.\n")


def test_all_operations_of_a_document_are_checked(run: Run, tmp_path: Path) -> None:
    left = run("documents", "check", manifest(tmp_path, a=f"{TASKS} query Viewer {{ viewer {{ user {{ name }} }} }}"))
    assert [line for line in left.out.splitlines() if line.endswith("(manifest.json, a)")] == [
        "Tasks (manifest.json, a)",
        "Viewer (manifest.json, a)",
    ]


def test_an_operation_without_a_plan_fails_only_a_strict_check(run: Run, tmp_path: Path) -> None:
    document = "{ __schema { queryType { name } } viewer { user { name } } }"
    for options, status in (((), 0), (("--strict",), 1)):
        left = run("documents", "check", *options, manifest(tmp_path, a=document))
        assert (left.status, "introspection beside other fields" in left.out) == (status, True)


def test_an_argument_that_the_role_may_not_use_is_an_error(run: Run, tmp_path: Path) -> None:
    document = '{ workers(filter: {hourlyRate: {gt: "1"}}) { nodes { name } } }'
    assert run("documents", "check", manifest(tmp_path, a=document)).status == 0
    left = run("documents", "check", "--role", "MEMBER", manifest(tmp_path, a=document))
    assert (left.status, "role" in left.out) == (1, True)


def test_a_file_that_is_no_manifest_is_named(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "package.json"
    file.write_text("[]")
    left = run("documents", "check", str(file))
    assert left.status == 1
    assert "package.json: not a manifest" in left.err
