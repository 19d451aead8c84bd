"""Another organization's records are neither changed nor referred to, and no mutation tells that they exist."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest

from graphql_app.postgres.databases import Server
from graphql_app.views.api import Api
from schema import load_models
from tests.isolation.changing import Change, changes
from tests.isolation.conftest import BY_PLANS
from tests.isolation.coverage import fields_in, fields_of, reachable
from tests.isolation.crawling import texts_in
from tests.isolation.ground import Ground
from tests.isolation.introspected import named
from tests.isolation.protection import forget_policies, predicate_forgotten
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.passwords import PASSWORD
from tests.support.workline import Json, Workline, serving

ERRORS = "errors { __typename code message path }"
WITHOUT_EXAMPLE = {"ForbiddenError", "RolledBackError"}
"""Kinds of errors that no rule raises yet."""


@pytest.fixture(params=["both", "predicate", "policies"])
async def changing(
    request: pytest.FixtureRequest, postgres: Server, organizations_template: str, workline_api: Api
) -> AsyncIterator[Workline]:
    """Both organizations, kept apart by both protections or by one of them; the test may change them."""
    async with (
        copy_of(postgres, organizations_template) as database,
        _protected(workline_api, database, request.param) as workline,
    ):
        yield workline


@asynccontextmanager
async def _protected(api: Api, database: TestDatabase, by: str) -> AsyncIterator[Workline]:
    if by == "predicate":
        await forget_policies(database)
    if by != "policies":
        async with serving(api, database, BY_PLANS) as workline:
            yield workline
        return
    with predicate_forgotten():
        async with serving(api, database, BY_PLANS) as workline:
            yield workline


async def rows_of_bravo(database: TestDatabase) -> Json:
    """Everything that Bravo has, table by table."""
    found = {}
    async with database.as_system() as connection:
        for table in load_models().sorted_tables:
            tenant = "id" if table.name == "organizations" else "organization_id"
            rows = await connection.fetch(f"SELECT * FROM {table.name} WHERE {tenant} = $1", BRAVO.organization)
            found[table.name] = sorted(map(repr, rows))
    return found


async def answer(workline: Workline, ground: Ground, change: Change, id: str) -> Json:
    """What a change with this id answers: its errors, and the plain values of what it changed."""
    records = ((name, named(field)) for name, field in change.payload.fields.items())
    shown = (f"{name} {ground.selections.plain(kind)}" for name, kind in records if ground.api.is_record(kind))
    text = change.text(id, f"{{ {ERRORS} {' '.join(shown)} }}")
    return await workline.ask(ground.selections.document([f"p: {text}"], "mutation"))


async def test_an_id_of_theirs_is_answered_as_an_id_of_nobody_s(changing: Workline, ground: Ground) -> None:
    before = await rows_of_bravo(changing.database)
    for change in changes(ground.api):
        theirs = ground.theirs.records[change.of][-1]["id"]
        refused = await answer(changing, ground, change, theirs)
        assert refused == await answer(changing, ground, change, str(uuid4())), change
        (error,) = refused["p"]["errors"]
        assert (error["__typename"], error["path"]) == ("NotFoundError", [change.field])
    assert await rows_of_bravo(changing.database) == before


async def test_an_id_of_both_means_the_viewer_s_own_record(changing: Workline, ground: Ground) -> None:
    before = await rows_of_bravo(changing.database)
    for change in changes(ground.api):
        done = await answer(changing, ground, change, ground.mine.records[change.of][0]["id"])
        assert not done["p"]["errors"], change
        assert not texts_in(done) & (ground.theirs.texts() - ground.mine.texts())
    assert await rows_of_bravo(changing.database) == before


async def test_every_type_that_only_mutations_show_was_seen(own_workline: Workline, ground: Ground) -> None:
    seen = set[str]()
    assert {text.partition("(")[0] for text in examples()} == set(ground.api.mutation.fields)
    for text in examples():
        document = ground.selections.document([text], "mutation")
        data = await own_workline.ask(document)
        seen |= set(fields_in(data))
    read = reachable(ground.api.query, schema=ground.api.schema)
    changed = reachable(ground.api.mutation, schema=ground.api.schema)
    kinds = {name: kind for name, kind in changed.items() if name not in read and name != ground.api.mutation.name}
    assert set(kinds) >= WITHOUT_EXAMPLE
    assert not [each for each in seen if each.partition(".")[0] in WITHOUT_EXAMPLE]
    unseen = fields_of(kind for name, kind in kinds.items() if name not in WITHOUT_EXAMPLE) - seen
    assert not unseen


def examples() -> list[str]:
    """Mutations that end in every way in which one can."""
    task, conflict = id_of("tasks", 0), "... on ConflictError { current { id } currentVersion }"
    errors = f"errors {{ __typename code message path {conflict} }}"
    credentials = f'email: "{ALPHA.word}.0@example.com", password: "{PASSWORD}"'
    return [
        f"logIn(input: {{{credentials}}}) {{ __typename token user {{ id }} }}",
        f'logIn(input: {{email: "nobody", password: "nothing"}}) {{ __typename {errors} }}',
        'createTask(input: {title: "Something"}) { __typename task { id } }',
        f'createTask(input: {{title: ""}}) {{ __typename {errors} }}',
        f'createTask(input: {{title: "Something", categoryId: "{uuid4()}"}}) {{ __typename {errors} }}',
        f'completeTask(input: {{id: "{task}"}}) {{ __typename task {{ id }} }}',
        f'completeTask(input: {{id: "{task}"}}) {{ __typename {errors} }}',
    ]
