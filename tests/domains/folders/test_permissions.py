"""Permissions for user interfaces: what they promise is what the mutations do."""

import pytest

from tests.domains.folders.conftest import AUTHOR, ROLES, Notes, viewer

pytestmark = pytest.mark.both_modes
PERMISSIONS = """{
  notes { nodes { id permissions { change rename delete } } }
  folders { nodes { id permissions { delete } } }
}"""
CALLS = {
    "change": 'changeNote(input: {id: $id, title: "x"}) { errors { code } }',
    "rename": 'renameNote(input: {id: $id, title: "x"}) { errors { code } }',
    "delete": "deleteNote(input: {id: $id}) { errors { code } }",
}


@pytest.mark.parametrize("role", ROLES)
async def test_permissions_equal_plain_sql_and_take_one_statement_per_level(notes: Notes, role: str) -> None:
    data = await notes.toy.fetch(PERMISSIONS, viewer(role))
    own = await notes.column("SELECT id FROM notes WHERE organization_id = $1 AND author_id = $2", AUTHOR)
    for note in data["notes"]["nodes"]:
        is_own = role == "OWNER" or note["id"] in own
        assert note["permissions"] == {"change": is_own, "rename": is_own, "delete": is_own}
    assert {folder["permissions"]["delete"] for folder in data["folders"]["nodes"]} == {role == "OWNER"}
    # the notes, the folders, and for roles with a rule the permissions of all notes
    assert len(notes.toy.statements) == (2 if role == "OWNER" else 3)


@pytest.mark.parametrize("role", ["OWNER", "EDITOR", "READER"])
@pytest.mark.parametrize("name", CALLS)
async def test_a_permission_is_true_exactly_if_the_mutation_is_not_forbidden(
    own_notes: Notes, name: str, role: str
) -> None:
    shown = (await own_notes.toy.fetch(PERMISSIONS, viewer(role)))["notes"]["nodes"]
    await own_notes.admin.execute("DELETE FROM pages; DELETE FROM note_tags; UPDATE notes SET parent_id = NULL")
    for note in shown:
        data = await own_notes.toy.fetch(f"mutation ($id: ID!) {{ it: {CALLS[name]} }}", viewer(role), id=note["id"])
        assert (data["it"]["errors"] == []) is note["permissions"][name]
