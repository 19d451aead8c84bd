"""Generated rows before they are inserted."""

import hashlib
import os
import subprocess
import sys
from collections import defaultdict

import pytest

from schema.seed.organizations import SeedRow, Sizes
from schema.seed.row_writer import batches
from schema.seed.seeding import organization_rows, scenes_of
from tests.seed.seeded import FILLED
from tests.support.application import load_models

pytestmark = pytest.mark.slow


def made(sizes: Sizes) -> list[SeedRow]:
    return [row for scene in scenes_of(sizes) for row in organization_rows(scene, "hash")]


def digest(sizes: Sizes) -> str:
    return hashlib.sha256(repr([(row.model.__tablename__, row.values) for row in made(sizes)]).encode()).hexdigest()


@pytest.fixture(scope="module")
def rows() -> list[SeedRow]:
    return made(Sizes())


def test_another_process_generates_the_same_rows() -> None:
    script = "from tests.seed.test_rows import *; print(digest(Sizes()))"
    command = [sys.executable, "-c", script]
    # hashes of strings differ between processes, so that the order of a set would show
    environment = {**os.environ, "PYTHONHASHSEED": "random"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == digest(Sizes())


def test_another_seed_generates_other_rows() -> None:
    assert digest(Sizes(seed=2)) != digest(Sizes())


def test_an_organization_is_independent_of_the_others() -> None:
    alone, together = made(Sizes(tasks=30, organizations=1)), made(Sizes(tasks=60, organizations=2))
    assert together[: len(alone)] == alone


DEFAULTS = {"version", "credentials_version", "is_service_account", "totp_secret", "totp_enabled_at", "totp_step"}
"""Columns whose defaults the demo keeps."""


def test_rows_of_a_model_have_the_same_columns(rows: list[SeedRow]) -> None:
    names = defaultdict(set)
    for row in rows:
        names[row.model.__tablename__].add(tuple(row.values))
    assert set(names) == FILLED
    for table, found in names.items():
        (columns,) = found
        kept = {column.key for column in load_models().tables[table].columns if column.computed is None}
        assert set(columns) | DEFAULTS >= kept
        assert set(columns) <= kept


def test_no_text_has_unfilled_placeholders_or_surrounding_whitespace(rows: list[SeedRow]) -> None:
    texts = [value for row in rows for value in row.values.values() if isinstance(value, str)]
    assert len(texts) > 1_000
    for text in texts:
        assert not set("{}") & set(text)
        assert text == " ".join(text.split())
        assert text


def test_texts_are_varied(rows: list[SeedRow]) -> None:
    values = [row.values for row in rows if row.model.__tablename__ == "tasks"]
    titles = [value["title"] for value in values if value["parent_id"] is None]
    assert len(set(titles)) > 0.9 * len(titles)


def test_a_batch_has_every_table_after_its_referenced_tables(rows: list[SeedRow]) -> None:
    seen: set[str] = set()
    for batch in batches(rows, 200):
        for table in batch:
            refers_to = {key.referred_table.name for key in table.foreign_key_constraints} - {table.name}
            later = [other.name for other in list(batch)[list(batch).index(table) :]]
            assert not refers_to & set(later)
            seen.add(table.name)
    assert seen == FILLED


@pytest.mark.parametrize("sizes", [Sizes(tasks=0), Sizes(tasks=1, users=0, workers=0, posts=0, comments=9, orders=0)])
def test_minimal_sizes_can_be_generated(sizes: Sizes) -> None:
    tasks = [row for row in made(sizes) if row.model.__tablename__ == "tasks"]
    assert len(tasks) == sizes.tasks
