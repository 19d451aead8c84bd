"""SDL of the subgraph: directives of federation, without the fields of gateways."""

import re

import pytest
from graphql import build_schema

from graphql_app.types.schema import Api
from graphql_app.types.sdl import subgraph_sdl
from tests.support.api import Workline, serving
from tests.support.application import APPLICATION
from tests.support.commands import Run
from tests.support.databases import TestDatabase
from tests.support.settings import settings_for

SDL = "{ _service { sdl } }"


def test_each_type_with_an_id_has_it_as_its_key(subgraph_api: Api) -> None:
    sdl = subgraph_sdl(subgraph_api.sdl)
    keyed = re.findall(r'^type (\w+) implements Node @key\(fields: "id"\) \{$', sdl, re.MULTILINE)
    assert sorted(keyed) == sorted(model.__name__ for model in subgraph_api.nodes)
    assert sdl.count("@key(") == len(keyed)


def test_types_that_other_subgraphs_declare_are_shareable(subgraph_api: Api) -> None:
    sdl = subgraph_sdl(subgraph_api.sdl)
    shared = re.findall(r"^type (\w+).* @shareable \{$", sdl, re.MULTILINE)
    assert {"PageInfo", "ValidationError", "ConflictError"} <= set(shared)
    assert not {"Query", "TaskConnection", "Task"} & set(shared)


def test_the_directives_are_imported(subgraph_api: Api) -> None:
    first, *_ = subgraph_sdl(subgraph_api.sdl).splitlines()
    assert first.startswith('extend schema @link(url: "https://specs.apollo.dev/federation/v2.')
    assert first.endswith('import: ["@key", "@shareable"])')


def test_without_its_directives_it_is_the_schema_of_the_api(workline_api: Api, subgraph_api: Api) -> None:
    sdl = subgraph_sdl(subgraph_api.sdl)
    _, plain = re.sub(r' @key\(fields: "id"\)| @shareable', "", sdl).split("\n\n", 1)
    assert set(build_schema(plain).type_map) == set(build_schema(workline_api.sdl).type_map)
    assert subgraph_sdl(workline_api.sdl) == sdl


def test_it_is_off_by_default(workline_api: Api) -> None:
    assert not {"_Service", "_Entity", "_Any"} & set(workline_api.graphql_schema.type_map)
    assert not [name for name in workline_api.graphql_schema.query_type.fields if name.startswith("_")]  # type: ignore[union-attr]  # there is a root type


async def test_gateways_read_it_without_a_login(subgraph: Workline, subgraph_api: Api) -> None:
    for _ in range(2):
        data = await subgraph.fetch(SDL, None)
        assert data["_service"]["sdl"] == subgraph_sdl(subgraph_api.sdl)


async def test_it_is_hidden_without_introspection(mode: None, organizations: TestDatabase) -> None:
    settings = settings_for(organizations, federation=True, introspection=False)
    async with serving(APPLICATION.build(settings), organizations) as workline:
        assert (await workline.refuse(SDL, None))["code"] == "UNAUTHENTICATED"
        assert (await workline.refuse(SDL))["code"] == "FORBIDDEN"


@pytest.mark.slow
def test_the_command_prints_it(run: Run, workline_api: Api) -> None:
    left = run("schema", "--federation")
    assert (left.status, left.out) == (0, subgraph_sdl(f"{workline_api.sdl}\n"))
