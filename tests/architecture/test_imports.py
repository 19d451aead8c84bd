"""Directions of imports: the engine imports no application, models and rules no GraphQL, types no other types."""

import subprocess
import sys
from graphlib import CycleError, TopologicalSorter

import pytest

from schema import DOMAINS
from tests.architecture.sources import ROOT, is_in, module, modules

pytestmark = pytest.mark.architecture

ENGINE, DOMAIN = "graphql_app", "schema"
FOLDERS = ["graphql_app.identity", *(f"{DOMAIN}.{domain}" for domain in DOMAINS)]
WITHOUT_GRAPHQL = [f"{folder}.{part}" for folder in FOLDERS for part in ("models", "rules")]


def existing(names: list[str]) -> list[str]:
    """Return those of the modules that exist, with their submodules: not every domain has rules."""
    return [each.name for each in modules(ENGINE, DOMAIN) if is_in(each.name, *names)]


def test_the_engine_imports_no_application() -> None:
    for each in modules(ENGINE):
        imported = each.imports() | each.late_imports()
        assert not [name for name in imported if is_in(name, DOMAIN, "migrations")], each.name


def test_nothing_of_the_project_imports_its_tests() -> None:
    for each in modules(ENGINE, DOMAIN, "migrations"):
        assert not [name for name in each.imports() | each.late_imports() if is_in(name, "tests")], each.name


@pytest.mark.parametrize("name", existing(WITHOUT_GRAPHQL))
def test_models_and_rules_import_neither_graphql_nor_http(name: str) -> None:
    imported = module(name).imports() | module(name).late_imports()
    assert not [each for each in imported if is_in(each, "strawberry", "graphql", "starlette", "graphql_app.types")]


def test_models_and_rules_need_neither_graphql_nor_http_to_run() -> None:
    """Their transitive imports contain neither."""
    loaded = f"import sys, {', '.join(existing(WITHOUT_GRAPHQL))}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"strawberry", "graphql", "starlette"} & set(ran.stdout.split())


@pytest.mark.parametrize("domain", DOMAINS)
def test_types_import_no_other_domain_s_types(domain: str) -> None:
    """An edge comes from the mapping: it names a model, and the schema looks its type up when it is built."""
    imported = module(f"{DOMAIN}.{domain}.types").imports() | module(f"{DOMAIN}.{domain}.types").late_imports()
    others = [f"{DOMAIN}.{other}.types" for other in DOMAINS if other != domain]
    assert not [name for name in imported if is_in(name, *others)]


@pytest.mark.parametrize("domain", DOMAINS)
def test_models_import_nothing_of_other_domains_but_models(domain: str) -> None:
    others = [f"{DOMAIN}.{other}" for other in DOMAINS if other != domain]
    imported = [name for name in module(f"{DOMAIN}.{domain}.models").imports() if is_in(name, *others)]
    assert not [name for name in imported if name.split(".")[2] != "models"]


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_imports_none_of_the_later_ones(domain: str) -> None:
    """A new folder changes no other one, and the last ones can be left out."""
    after = [f"{DOMAIN}.{other}" for other in DOMAINS[DOMAINS.index(domain) + 1 :]]
    for each in modules(DOMAIN):
        if is_in(each.name, f"{DOMAIN}.{domain}"):
            assert not [name for name in each.imports() | each.late_imports() if is_in(name, *after)], each.name


def test_a_domain_has_the_files_that_every_domain_has() -> None:
    for folder in FOLDERS:
        names = {path.stem for path in (ROOT / folder.replace(".", "/")).glob("*.py")}
        assert names >= {"__init__", "models", "types", "root"}, folder


@pytest.mark.parametrize("in_functions", [False, True])
def test_imports_between_folders_of_the_engine_go_one_way(in_functions: bool) -> None:
    graph: dict[str, set[str]] = {}
    for each in modules(ENGINE):
        imported = each.imports() | (each.late_imports() if in_functions else set())
        below = {folder(name) for name in imported if is_in(name, ENGINE)} - {folder(each.name)}
        graph.setdefault(folder(each.name), set()).update(below)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_postgres_is_below_database() -> None:
    imported = {name for each in modules(ENGINE) if folder(each.name) == "postgres" for name in each.imports()}
    late = {name for each in modules(ENGINE) if folder(each.name) == "postgres" for name in each.late_imports()}
    assert {folder(name) for name in imported | late if is_in(name, ENGINE)} == {"postgres", ""}


def folder(name: str) -> str:
    """Return the folder or module directly below the engine. Empty for the engine itself."""
    return name.split(".")[1] if "." in name else ""


def test_no_modules_import_each_other_in_a_circle() -> None:
    own = {each.name: each for each in modules(ENGINE, DOMAIN)}
    graph = {name: (each.imports() & set(own)) - {name} for name, each in own.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
