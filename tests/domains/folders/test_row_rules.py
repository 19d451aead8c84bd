"""Row rules: what each role reads and changes, compared with plain SQL, with plans and with resolvers."""

from typing import Any

import pytest
from sqlalchemy import BindParameter

from graphql_app.errors import StartupError
from graphql_app.models.base import new_id
from graphql_app.sql.row_rules import HIDDEN, Audience, Condition, RowRules, Rule, RuleViewer, check_rules
from tests.domains.folders import models as m
from tests.domains.folders.conftest import AUTHOR, OTHER, ROLES, Notes, viewer

SEEN = {
    "OWNER": "true",
    "MANAGER": f"(author_id = '{AUTHOR}' OR folder_id IN (SELECT id FROM folders WHERE deleted_at IS NULL))",
    "READER": f"author_id = '{AUTHOR}'",
}
"""Condition on the notes that a role sees, in plain SQL. Roles that are not listed see the same as managers."""
pytestmark = pytest.mark.both_modes
NOTES = "SELECT id FROM notes WHERE organization_id = $1 AND {} ORDER BY title"


def seen(role: str) -> str:
    return SEEN.get(role, SEEN["MANAGER"])


def ids(nodes: Any) -> list[str]:
    return [node["id"] for node in nodes]


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_reads_the_notes_of_plain_sql(notes: Notes, role: str) -> None:
    expected = await notes.column(NOTES.format(seen(role)))
    data = await notes.toy.fetch(
        """{
          notes(orderBy: [{title: {}}]) {
            nodes { id } totalCount aggregates { count sum { size } } groups(by: [{relation: FOLDER}]) { count }
          }
          last: notes(orderBy: [{title: {}}], last: 2) { nodes { id } pageInfo { hasPreviousPage } }
        }""",
        viewer(role),
    )
    assert ids(data["notes"]["nodes"]) == expected
    assert data["notes"]["totalCount"] == data["notes"]["aggregates"]["count"] == len(expected)
    assert sum(group["count"] for group in data["notes"]["groups"]) == len(expected)
    assert (ids(data["last"]["nodes"]), data["last"]["pageInfo"]["hasPreviousPage"]) == (
        expected[-2:],
        len(expected) > 2,
    )


@pytest.mark.parametrize("role", ROLES)
async def test_each_note_is_found_by_its_id_if_the_role_sees_it(notes: Notes, role: str) -> None:
    every, expected = await notes.column(NOTES.format("true")), await notes.column(NOTES.format(seen(role)))
    for id in every:
        data = await notes.toy.fetch(
            "query ($id: ID!) { note(id: $id) { id } node(id: $id) { id } plain: node(id: $id) { __typename } "
            "nodes(ids: [$id]) { id ... on Note { title } } }",
            viewer(role),
            id=id,
        )
        shown = [data["note"], data["node"], data["plain"], data["nodes"][0]]
        assert [each is not None for each in shown] == [id in expected] * 4


@pytest.mark.parametrize("role", ROLES)
async def test_relations_lead_to_visible_records_only(notes: Notes, role: str) -> None:
    expected = await notes.column(NOTES.format(seen(role)))
    data = await notes.toy.fetch(
        """{
          folders { nodes { id notes { totalCount nodes { id folder { id name } } } } }
          tags { nodes { notes { totalCount nodes { id } } } }
          notes(first: 100) { nodes { id folder { id } named: folder { name } parent { id } above: parent { title } } }
          small: notes(first: 3) { nodes { parent { title parent { title } } folder { id } } }
        }""",
        viewer(role),
    )
    live = await notes.column("SELECT id FROM folders WHERE organization_id = $1 AND deleted_at IS NULL")
    assert ids(data["folders"]["nodes"]) == live
    for folder in data["folders"]["nodes"]:
        assert set(ids(folder["notes"]["nodes"])) <= set(expected)
        assert folder["notes"]["totalCount"] == len(folder["notes"]["nodes"])
    if role in ("OWNER", "EDITOR", "READER"):
        (tag,) = data["tags"]["nodes"]
        assert sorted(ids(tag["notes"]["nodes"])) == sorted(expected)
    rows = await notes.admin.fetch("SELECT id::text, parent_id::text FROM notes")
    parents = {each["id"]: each["parent_id"] for each in rows}
    for note in data["notes"]["nodes"]:
        above = parents[note["id"]]
        assert note["parent"] == ({"id": above} if above in expected else None)
        assert (note["above"] is None) is (note["parent"] is None)
        assert note["folder"] is None or note["folder"]["id"] in live
        assert (note["named"] is None) is (note["folder"] is None)


@pytest.mark.parametrize("role", ROLES)
async def test_a_required_record_that_is_hidden_is_an_error_of_its_field(notes: Notes, role: str) -> None:
    for document in ("{ pages { nodes { id note { id } } } }", "{ pages(first: 100) { nodes { note { title } } } }"):
        body = (await notes.toy.respond(document, viewer(role))).body
        hidden = await notes.column(f"SELECT id FROM notes WHERE organization_id = $1 AND NOT ({seen(role)})")
        if not hidden:
            assert "errors" not in body
            continue
        assert {error["message"] for error in body["errors"]} == {HIDDEN}
        assert {error["extensions"]["code"] for error in body["errors"]} == {"FORBIDDEN"}
        assert all(error["path"][-1] == "note" for error in body["errors"])


UNFILED = "(folder_id IS NULL OR folder_id IN (SELECT id FROM folders WHERE deleted_at IS NOT NULL))"
FILTERS = {
    'folder: {name: {eq: "folder 1"}}': "false",
    "folderId: {isNull: true}": UNFILED,
    "not: {folder: {name: {isNull: false}}}": UNFILED,
    "parent: {title: {isNull: false}}": "EXISTS (SELECT FROM notes above WHERE above.id = notes.parent_id AND {above})",
    "parentId: {isNull: false}": "EXISTS (SELECT FROM notes above WHERE above.id = notes.parent_id AND {above})",
    'tags: {some: {notes: {every: {title: {eq: "nothing"}}}}}': "false",
}
"""Filters that depend on related records, and the same conditions in plain SQL."""


@pytest.mark.parametrize("role", ["OWNER", "EDITOR", "READER"])
@pytest.mark.parametrize("filter", FILTERS)
async def test_filters_see_the_records_that_the_viewer_sees(notes: Notes, role: str, filter: str) -> None:
    above = seen(role).replace("author_id", "above.author_id").replace("folder_id", "above.folder_id")
    expected = await notes.column(NOTES.format(f"{seen(role)} AND {FILTERS[filter].format(above=above)}"))
    data = await notes.toy.fetch(
        f"{{ notes(filter: {{{filter}}}, orderBy: [{{title: {{}}}}]) {{ nodes {{ id }} }} }}", viewer(role)
    )
    assert ids(data["notes"]["nodes"]) == expected


@pytest.mark.parametrize("role", ROLES)
async def test_orders_and_groups_do_not_show_hidden_records(notes: Notes, role: str) -> None:
    data = await notes.toy.fetch(
        """{
          notes(orderBy: [{folder: {name: {direction: DESC, nulls: LAST}}}, {title: {}}]) {
            nodes { title folder { name } } groups(by: [{relation: FOLDER}]) { key { folder { id } } count }
          }
          folders(orderBy: [{notes: {count: DESC}}]) { nodes { notes { totalCount } } }
        }""",
        viewer(role),
    )
    names = [node["folder"] and node["folder"]["name"] for node in data["notes"]["nodes"]]
    assert names == sorted(names, key=lambda name: name is None)
    grouped = {(group["key"]["folder"] or {}).get("id"): group["count"] for group in data["notes"]["groups"]}
    assert grouped.get(None, 0) == sum(name is None for name in names)


HIDDEN_NOTE = f"SELECT id FROM notes WHERE organization_id = $1 AND author_id <> '{AUTHOR}' AND folder_id IS NULL"
GIVEN = {
    "changeNote": 'changeNote(input: {id: $id, title: "x"}) { note { id } errors { __typename message path } }',
    "renameNote": 'renameNote(input: {id: $id, title: "x"}) { note { id } errors { __typename message path } }',
    "deleteNote": "deleteNote(input: {id: $id}) { deletedId errors { __typename message path } }",
    "addNote": 'addNote(input: {title: "x", parentId: $id}) { note { id } errors { __typename message path } }',
}


@pytest.mark.parametrize("mutation", GIVEN)
@pytest.mark.parametrize("role", ["MANAGER", "EDITOR", "READER"])
async def test_a_hidden_id_is_refused_like_a_random_one(own_notes: Notes, mutation: str, role: str) -> None:
    (hidden,), document = await own_notes.column(HIDDEN_NOTE), f"mutation ($id: ID!) {{ {GIVEN[mutation]} }}"
    (foreign,) = [str(row[0]) for row in await own_notes.admin.fetch(HIDDEN_NOTE, OTHER)]
    before = await own_notes.admin.fetch("SELECT * FROM notes ORDER BY id")
    found = []
    for id in (hidden, foreign, str(new_id())):
        body = (await own_notes.toy.respond(document, viewer(role), id=id)).body
        found.append((body, len(own_notes.toy.statements)))
    assert found[0] == found[1] == found[2]
    (error,) = found[0][0]["data"][mutation]["errors"]
    assert error["__typename"] == "NotFoundError"
    assert await own_notes.admin.fetch("SELECT * FROM notes ORDER BY id") == before


@pytest.mark.parametrize("mutation", ["changeNote", "renameNote", "deleteNote"])
async def test_a_visible_note_of_another_author_is_refused(own_notes: Notes, mutation: str) -> None:
    sql = NOTES.format(f"author_id <> '{AUTHOR}' AND folder_id IN (SELECT id FROM folders WHERE deleted_at IS NULL)")
    (id,), document = await own_notes.column(sql), f"mutation ($id: ID!) {{ {GIVEN[mutation]} }}"
    body = (await own_notes.toy.respond(document, viewer("EDITOR"), id=id)).body
    refused = [{"__typename": "ForbiddenError", "message": "Only the author may change a note.", "path": ["id"]}]
    assert body["data"][mutation]["errors"] == refused
    await own_notes.admin.execute("DELETE FROM pages; DELETE FROM note_tags; UPDATE notes SET parent_id = NULL")
    body = (await own_notes.toy.respond(document, viewer("OWNER"), id=id)).body
    assert body["data"][mutation]["errors"] == []


async def test_a_payload_does_not_show_a_record_that_the_change_hides(own_notes: Notes) -> None:
    (id,) = await own_notes.column("SELECT id FROM folders WHERE organization_id = $1 AND deleted_at IS NULL")
    delete = "mutation ($id: ID!) { deleteFolder(input: {id: $id}) { folder { id name } errors { message } } }"
    assert await own_notes.toy.fetch(delete, viewer("OWNER"), id=id) == {"deleteFolder": {"folder": None, "errors": []}}
    again = (await own_notes.toy.fetch(delete, viewer("OWNER"), id=id))["deleteFolder"]
    assert again["errors"] == [{"message": "There is no folder with this ID."}]
    assert (await own_notes.toy.fetch("{ folders { totalCount } }", viewer("OWNER")))["folders"]["totalCount"] == 0


async def test_another_company_sees_none_of_the_notes(notes: Notes) -> None:
    every = set(await notes.column(NOTES.format("true")))
    data = await notes.toy.fetch("{ notes { nodes { id } } }", viewer("OWNER", OTHER))
    assert not every & set(ids(data["notes"]["nodes"]))


HIDDEN_FIELDS = {
    "secret": "{ notes { nodes { id secret } } }",
    "secret of one": "query ($id: ID!) { note(id: $id) { secret } }",
    "filter": '{ notes(filter: {secret: {eq: "x"}}) { totalCount } }',
    "filter of null": "{ notes(filter: {price: {isNull: true}}) { totalCount } }",
    "order": "{ notes(orderBy: [{secret: {}}]) { nodes { id } } }",
    "nested order": "{ notes(orderBy: [{parent: {price: {}}}]) { nodes { id } } }",
    "group": "{ notes { groups(by: [{field: SECRET}]) { count } } }",
    "aggregate": "{ notes { aggregates { max { secret } } } }",
    "related filter": '{ tags(filter: {notes: {some: {secret: {eq: "x"}}}}) { totalCount } }',
    "relation": "{ notes { nodes { tags { totalCount } } } }",
    "filter by relation": '{ notes(filter: {tags: {some: {name: {eq: "tag"}}}}) { totalCount } }',
    "order by relation": "{ notes(orderBy: [{tags: {count: ASC}}]) { nodes { id } } }",
}


@pytest.mark.parametrize("use", HIDDEN_FIELDS)
async def test_a_hidden_field_is_refused_wherever_it_is_used(notes: Notes, use: str) -> None:
    id = (await notes.column(NOTES.format(f"author_id = '{AUTHOR}'")))[0]
    variables = {"id": id} if "$id" in HIDDEN_FIELDS[use] else {}
    body = (await notes.toy.respond(HIDDEN_FIELDS[use], viewer("MEMBER"), **variables)).body
    assert {error["extensions"]["code"] for error in body["errors"]} == {"FORBIDDEN"}
    assert all(error["message"].startswith("Requires role OWNER") for error in body["errors"])
    assert "secret 0" not in str(body)
    await notes.toy.fetch(HIDDEN_FIELDS[use], viewer("OWNER"), **variables)


async def test_a_field_that_is_hidden_as_null_is_null_in_records_and_aggregates(notes: Notes) -> None:
    document = "{ notes { nodes { price } aggregates { max { price } } } }"
    data = (await notes.toy.fetch(document, viewer("READER")))["notes"]
    assert ({node["price"] for node in data["nodes"]}, data["aggregates"]["max"]["price"]) == ({None}, None)
    data = (await notes.toy.fetch(document, viewer("EDITOR")))["notes"]
    assert None not in {node["price"] for node in data["nodes"]}


async def test_a_relation_of_other_roles_is_not_read(notes: Notes) -> None:
    document = "{ notes { nodes { title tags { nodes { name } } } } }"
    await notes.toy.respond(document, viewer("MEMBER"))
    assert not any("tags" in statement for statement in notes.toy.statements)


@pytest.mark.parametrize(
    ("rule", "message"),
    [(lambda _: "yes", "returns 'yes'"), (lambda _: m.Note.id == new_id(), "differs between two calls")],
)
def test_a_rule_without_a_condition_or_with_a_clock_is_refused_at_start(rule: Rule, message: str) -> None:
    rules = RowRules()
    rules.add(m.Note, rule)
    with pytest.raises(StartupError, match=message):
        check_rules(ROLES, (rules,))


def test_a_rule_knows_the_role_and_not_the_ids_of_the_viewer() -> None:
    viewers: list[RuleViewer] = []
    rules = RowRules()

    def rule(viewer: RuleViewer) -> Condition:
        viewers.append(viewer)
        return m.Note.author_id == viewer.user_id

    rules.add(m.Note, rule)
    rules.condition(m.Note, Audience("EDITOR", frozenset({"read"})))
    (found,) = viewers
    assert (found.role, found.scopes) == ("EDITOR", frozenset({"read"}))
    assert {type(found.user_id), type(found.organization_id)} == {BindParameter}
