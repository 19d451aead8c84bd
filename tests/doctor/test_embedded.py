"""Run of ``workline doctor`` on the embedded database."""

import json

import pytest

from tests.support.commands import Run
from tests.support.directories import open_directory

pytestmark = [pytest.mark.embedded, pytest.mark.slow]


def test_a_new_embedded_database_has_no_problems(run: Run) -> None:
    with open_directory("doctor") as directory:
        environment = {"WORKLINE_DATA_DIR": str(directory / "data")}
        assert run("seed", "--tasks", "20", **environment).status == 0
        left = run("doctor", "--strict", "--json")
    assert left.status == 0, left.out
    assert json.loads(left.out)["status"] == "ok"
