"""Tenant isolation of mutations: records of another organization are not changed, referred to, or revealed."""

import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import replace
from uuid import uuid4

import pytest
from graphql import GraphQLNamedType, GraphQLObjectType, is_leaf_type

from graphql_app.postgres.roles import Server
from graphql_app.viewer import Viewer
from tests.isolation.coverage import Coordinates, fields_in, fields_of, reachable
from tests.isolation.crawl_target import Ground
from tests.isolation.crawling import texts_in
from tests.isolation.introspected import named
from tests.isolation.known_records import known_to
from tests.isolation.mutation_probes import EMPTY, Change, Writing
from tests.isolation.without_policies import forget_policies
from tests.support.api import Json, Workline, served_from
from tests.support.application import load_models
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.organizations.insertion import OF_NO_ORGANIZATION
from tests.support.passwords import PASSWORD
from tests.support.tenant_predicates import predicate_forgotten

ERRORS = "errors { __typename code message path ... on ConflictError { current { id } currentVersion } }"


class Worlds:
    """Database of both organizations for tests that change it: used or fresh."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Workline]]) -> None:
        self._make = make
        self._stack = AsyncExitStack()
        self._used: Workline | None = None

    async def used(self) -> Workline:
        """Return the database in the state that the last test has left."""
        return self._used or await self.fresh()

    async def fresh(self) -> Workline:
        """Return a new database, and drop the used one."""
        await self.close()
        self._used = await self._stack.enter_async_context(self._make())
        return self._used

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture(params=["both", *(pytest.param(each, marks=pytest.mark.slow) for each in ("predicate", "policies"))])
async def worlds(
    request: pytest.FixtureRequest,
    postgres: Server,
    organizations_template: str,
    guarded: Workline,
    forgetful: Workline,
) -> AsyncIterator[Worlds]:
    """Provide databases whose organizations are isolated by both protections or by one of them."""
    protections: str = request.param

    @asynccontextmanager
    async def make() -> AsyncIterator[Workline]:
        async with copy_of(postgres, organizations_template) as database:
            if protections == "predicate":
                await forget_policies(database)
            # share compiled documents with the next database
            async with served_from(forgetful if protections == "policies" else guarded, database) as workline:
                yield workline

    with predicate_forgotten() if protections == "policies" else nullcontext():
        worlds = Worlds(make)
        yield worlds
        await worlds.close()


RETURNED_ELSEWHERE = re.compile(
    r"ContinuationError\.\w+|(LogIn|RefreshSession|SwitchOrganization|\w+Password|AcceptInvitation|\w+Totp)Payload\.\w+"
    r"|(RequestPasswordReset|SignUp|VerifyEmail|ResendVerification)Payload\.errors|ValidationError\.limit|ValueLimit\.\w+"
)
"""Fields that need a failure after COMMIT, a password or a violated limit.

The tests of continuations, sessions and limits cause these.
"""


async def rows_of_bravo(database: TestDatabase) -> Json:
    """Return all rows of Bravo by table."""
    names = [table.name for table in load_models().sorted_tables if table.name not in OF_NO_ORGANIZATION]
    identities = "id IN (SELECT identity_id FROM users WHERE organization_id = $1)"
    keys = {"organizations": "id = $1", "identities": identities}
    parts = [
        f"SELECT '{name}', array_agg(t::text ORDER BY t::text) FROM {name} t "
        f"WHERE {keys.get(name, 'organization_id = $1')}"
        for name in names
    ]
    async with database.as_system() as connection:
        return dict(map(tuple, await connection.fetch(" UNION ALL ".join(parts), BRAVO.organization)))


def writing(ground: Ground, texts: str | None = None) -> Writing:
    """Return arguments that refer to the viewer's own records."""
    return Writing(ground.api, ground.mine, texts)


def shown(ground: Ground, payload: GraphQLNamedType) -> str:
    """Return the selection of a payload: its errors, and the scalar fields of the changed record."""
    assert isinstance(payload, GraphQLObjectType)
    parts = ["__typename", ERRORS]
    for name, field in payload.fields.items():
        kind = named(field)
        if ground.api.is_record(kind):
            parts.append(f"{name} {ground.selections.plain(kind)}")
        elif name != "errors":
            parts.append(name if is_leaf_type(kind) else f"{name} {shown(ground, kind)}")
    return f"{{ {' '.join(parts)} }}"


async def answer(
    workline: Workline, ground: Ground, given: Writing, change: Change, id: str, viewer: Viewer | None = None
) -> Json:
    """Return the answer to a change with this id: its errors, and the scalar fields of the changed record."""
    selected = shown(ground, named(ground.api.mutation.fields[change.mutation]))
    text = given.call(change.mutation, selected, change.path, id)
    document = ground.selections.document([f"p: {text}"], "mutation")
    answered: Json = (await workline.fetch(document, viewer or ALPHA.viewer()))["p"]
    return answered


async def measured(
    workline: Workline, ground: Ground, given: Writing, change: Change, id: str, viewer: Viewer | None = None
) -> tuple[Json, int]:
    """Return the answer to a change with this id, and the number of statements."""
    with workline.statements() as statements:
        found = await answer(workline, ground, given, change, id, viewer)
    return found, len(statements)


async def accepted(worlds: Worlds, ground: Ground, given: Writing, change: Change) -> Json:
    """Return the answer to a change with the first of the viewer's own ids that is accepted.

    Earlier changes may prevent every id from being accepted: a fresh database must accept one.
    """
    for world in (worlds.used, worlds.fresh):
        workline = await world()
        before = await rows_of_bravo(workline.database)
        for record in ground.mine.records[change.of]:
            done = await answer(workline, ground, given, change, record["id"])
            if not done["errors"]:
                assert await rows_of_bravo(workline.database) == before, change
                return done
    raise AssertionError(f"{change} accepts none of them: {done}")


async def test_a_foreign_id_is_answered_like_an_unknown_id(worlds: Worlds, ground: Ground) -> None:
    given, workline = writing(ground), await worlds.fresh()
    before = await rows_of_bravo(workline.database)
    for change in given.changes():
        theirs = ground.theirs.records[change.of][-1]["id"]
        answers = [await measured(workline, ground, given, change, id) for id in (theirs, str(uuid4()))]
        assert answers[0] == answers[1], change
        refused = answers[0][0]
        (error,) = refused["errors"]
        assert (error["__typename"], tuple(error["path"])) == ("NotFoundError", change.path), change
    assert await rows_of_bravo(workline.database) == before


async def test_an_id_of_both_organizations_refers_to_the_viewer_s_record(worlds: Worlds, ground: Ground) -> None:
    """The answers also cover every field that only mutations return."""
    given, answers = writing(ground), list[Json]()
    changes = list(given.changes())
    for change in changes:
        answers.append(await accepted(worlds, ground, given, change))
        assert not texts_in(answers[-1]) & (ground.theirs.texts() - ground.mine.texts())
    workline = await worlds.fresh()
    answers += [await answer(workline, ground, given, change, str(uuid4())) for change in changes]
    for text, viewer in examples(ground, given, {change.mutation for change in changes}):
        answers.append(await workline.fetch(ground.selections.document([text], "mutation"), viewer))
    unseen = shown_by_mutations_only(ground) - set(fields_in(answers))
    assert not {field for field in unseen if not RETURNED_ELSEWHERE.fullmatch(field)}


def shown_by_mutations_only(ground: Ground) -> Coordinates:
    """Return the fields of all types that no query leads to."""
    read = reachable(ground.api.query, schema=ground.api.schema)
    changed = reachable(ground.api.mutation, schema=ground.api.schema)
    return fields_of(kind for name, kind in changed.items() if name not in {*read, ground.api.mutation.name})


def examples(ground: Ground, given: Writing, tried: Collection[str]) -> Iterator[tuple[str, Viewer]]:
    """Yield the remaining mutations, without ids, and errors other than those of unknown ids."""
    owner, member = ALPHA.viewer(), ALPHA.viewer("MEMBER", 2)
    for name, mutation in ground.api.mutation.fields.items():
        if name not in tried:
            selected = shown(ground, named(mutation))
            yield given.call(name, selected), owner
            yield writing(ground, EMPTY).call(name, selected), owner
    yield f"updateOrganization(input: {{expectedVersion: 0}}) {{ __typename {ERRORS} }}", owner
    yield f'updateComment(input: {{id: "{id_of("comments", 0)}", body: "Something"}}) {{ __typename {ERRORS} }}', member
    results = f"results {{ __typename {ERRORS} }}"
    yield f'createTasks(inputs: [{{title: "Something"}}, {{title: ""}}]) {{ __typename {results} }}', owner
    credentials = f'email: "{ALPHA.word}.0@example.com", password: "{PASSWORD}"'
    yield f"logIn(input: {{{credentials}}}) {{ __typename token user {{ id }} }}", owner


@pytest.mark.parametrize("actor", ["a member", "a key with the scopes read and write"])
async def test_a_hidden_id_is_answered_like_an_unknown_id(own_workline: Workline, ground: Ground, actor: str) -> None:
    owner = ALPHA.viewer()
    viewer = ALPHA.viewer("MEMBER") if actor == "a member" else replace(owner, scopes=frozenset({"read", "write"}))
    given, tried = writing(ground), set[str]()
    visible = await known_to(own_workline, ground.api, viewer)
    for change in given.changes():
        seen = {record["id"] for record in visible.records[change.of]}
        hidden = [record["id"] for record in ground.mine.records[change.of] if record["id"] not in seen]
        if hidden:
            ids = (hidden[0], str(uuid4()))
            refused, unknown = [await measured(own_workline, ground, given, change, id, viewer) for id in ids]
            assert refused == unknown, change
            tried |= {error["code"] for error in refused[0]["errors"]}
    assert tried
    assert tried <= {"FORBIDDEN", "NOT_FOUND"}
