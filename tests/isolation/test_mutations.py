"""Another organization's records are neither changed nor referred to, and no mutation tells that they exist."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from uuid import uuid4

import pytest
from graphql import GraphQLNamedType, GraphQLObjectType, is_leaf_type

from graphql_app.postgres.roles import Server
from graphql_app.viewer import Viewer
from tests.isolation.changing import EMPTY, Change, Writing
from tests.isolation.coverage import Coordinates, fields_in, fields_of, reachable
from tests.isolation.crawling import texts_in
from tests.isolation.ground import Ground
from tests.isolation.introspected import named
from tests.isolation.protection import forget_policies
from tests.support.application import load_models
from tests.support.databases import TestDatabase, copy_of
from tests.support.organizations import ALPHA, BRAVO, id_of
from tests.support.organizations.filling import OF_NO_ORGANIZATION
from tests.support.passwords import PASSWORD
from tests.support.predicates import predicate_forgotten
from tests.support.workline import Json, Workline, elsewhere

ERRORS = "errors { __typename code message path ... on ConflictError { current { id } currentVersion } }"


class Worlds:
    """Both organizations, for a test to change: one that was changed before, or a fresh one."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Workline]]) -> None:
        self._make = make
        self._stack = AsyncExitStack()
        self._used: Workline | None = None

    async def used(self) -> Workline:
        """As whoever used it last has left it."""
        return self._used or await self.fresh()

    async def fresh(self) -> Workline:
        """As they were made; the one that was used is gone."""
        await self.close()
        self._used = await self._stack.enter_async_context(self._make())
        return self._used

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture(params=["both", "predicate", pytest.param("policies", marks=pytest.mark.slow)])
async def worlds(
    request: pytest.FixtureRequest,
    postgres: Server,
    organizations_template: str,
    guarded: Workline,
    forgetful: Workline,
) -> AsyncIterator[Worlds]:
    """Worlds whose organizations are kept apart by both protections or by one of them."""
    protections: str = request.param

    @asynccontextmanager
    async def make() -> AsyncIterator[Workline]:
        async with copy_of(postgres, organizations_template) as database:
            if protections == "predicate":
                await forget_policies(database)
            # documents that a world has compiled need not be compiled again in the next one
            async with elsewhere(forgetful if protections == "policies" else guarded, database) as workline:
                yield workline

    with predicate_forgotten() if protections == "policies" else nullcontext():
        worlds = Worlds(make)
        yield worlds
        await worlds.close()


async def rows_of_bravo(database: TestDatabase) -> Json:
    """Everything that Bravo has, table by table."""
    names = [table.name for table in load_models().sorted_tables if table.name not in OF_NO_ORGANIZATION]
    parts = [
        f"SELECT '{name}', array_agg(t::text ORDER BY t::text) FROM {name} t "
        f"WHERE {'id' if name == 'organizations' else 'organization_id'} = $1"
        for name in names
    ]
    async with database.as_system() as connection:
        return dict(map(tuple, await connection.fetch(" UNION ALL ".join(parts), BRAVO.organization)))


def writing(ground: Ground, texts: str | None = None) -> Writing:
    """Arguments that refer to the viewer's own records."""
    return Writing(ground.api, ground.mine, texts)


def shown(ground: Ground, payload: GraphQLNamedType) -> str:
    """All of a payload: its errors, and the plain values of what was changed."""
    assert isinstance(payload, GraphQLObjectType)
    parts = ["__typename", ERRORS]
    for name, field in payload.fields.items():
        kind = named(field)
        if ground.api.is_record(kind):
            parts.append(f"{name} {ground.selections.plain(kind)}")
        elif name != "errors":
            parts.append(name if is_leaf_type(kind) else f"{name} {shown(ground, kind)}")
    return f"{{ {' '.join(parts)} }}"


async def answer(workline: Workline, ground: Ground, given: Writing, change: Change, id: str) -> Json:
    """What a change with this id answers: its errors, and the plain values of what it changed."""
    selected = shown(ground, named(ground.api.mutation.fields[change.mutation]))
    text = given.call(change.mutation, selected, change.path, id)
    answered: Json = (await workline.ask(ground.selections.document([f"p: {text}"], "mutation")))["p"]
    return answered


async def accepted(worlds: Worlds, ground: Ground, given: Writing, change: Change) -> Json:
    """What a change answers that is given the first of the viewer's own ids that it accepts.

    What others have changed before may keep it from accepting any: in a fresh world it has to.
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


async def test_an_id_of_theirs_is_answered_as_an_id_of_nobody_s(worlds: Worlds, ground: Ground) -> None:
    given, workline = writing(ground), await worlds.fresh()
    before = await rows_of_bravo(workline.database)
    for change in given.changes():
        theirs = ground.theirs.records[change.of][-1]["id"]
        refused = await answer(workline, ground, given, change, theirs)
        assert refused == await answer(workline, ground, given, change, str(uuid4())), change
        (error,) = refused["errors"]
        assert (error["__typename"], tuple(error["path"])) == ("NotFoundError", change.path), change
    assert await rows_of_bravo(workline.database) == before


async def test_an_id_of_both_means_the_viewer_s_own_record(worlds: Worlds, ground: Ground) -> None:
    """And everything that only mutations show is seen meanwhile."""
    given, answers = writing(ground), list[Json]()
    changes = list(given.changes())
    for change in changes:
        answers.append(await accepted(worlds, ground, given, change))
        assert not texts_in(answers[-1]) & (ground.theirs.texts() - ground.mine.texts())
    workline = await worlds.fresh()
    answers += [await answer(workline, ground, given, change, str(uuid4())) for change in changes]
    for text, viewer in examples(ground, given, {change.mutation for change in changes}):
        answers.append(await workline.ask(ground.selections.document([text], "mutation"), viewer))
    unseen = shown_by_mutations_only(ground) - set(fields_in(answers))
    # shown only after a failure behind COMMIT, which tests/engine/test_continuations.py causes
    assert {field.split(".")[0] for field in unseen} <= {"ContinuationError"}


def shown_by_mutations_only(ground: Ground) -> Coordinates:
    """The fields of all types that no query leads to."""
    read = reachable(ground.api.query, schema=ground.api.schema)
    changed = reachable(ground.api.mutation, schema=ground.api.schema)
    return fields_of(kind for name, kind in changed.items() if name not in {*read, ground.api.mutation.name})


def examples(ground: Ground, given: Writing, tried: Collection[str]) -> Iterator[tuple[str, Viewer]]:
    """What is left: mutations that take no ids, and errors that no unknown id is answered with."""
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
