"""Commands of the README in a fresh copy of the checkout, with installed packages."""

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.docs.checkouts import Checkout, copy_checkout
from tests.docs.code_blocks import blocks
from tests.support.directories import open_directory
from tests.support.processes import Process

INSTALLED = ["-o", ".venv/.runs", "-o", ".venv/.develops"]
"""Assume that packages are installed, whatever the age of the copy's files."""
START, ASK, DEVELOP = (block.text for block in blocks("README.md") if block.language == "sh")
(ANSWER,) = (block.text for block in blocks("README.md") if '"viewer"' in block.text and block.language == "json")
COMMANDS = [line for line in (START + DEVELOP).splitlines() if line]


@pytest.fixture(scope="module")
def checkout() -> Iterator[Checkout]:
    with open_directory("readme") as directory:
        yield copy_checkout(directory)


@contextmanager
def made(checkout: Checkout, command: str) -> Iterator[Process]:
    """Run a target of make until the end of the block, then stop it like Ctrl-C: its program, and not only make."""
    environment = {**checkout.environment, "WORKLINE_PORT": "0"}
    log = checkout.root / "said"
    process = Process(["make", *INSTALLED, *shlex.split(command)[1:]], checkout.root, environment, log)
    try:
        yield process
    finally:
        if process.popen.poll() is None:
            for child in psutil.Process(process.popen.pid).children():
                child.terminate()
        status = process.popen.wait()
    assert status == 0, process.said


@pytest.mark.packaging
@pytest.mark.embedded
@pytest.mark.skipif(shutil.which("curl") is None, reason="the README's request is sent by curl, which is not here")
def test_two_commands_lead_to_a_response(checkout: Checkout) -> None:
    with made(checkout, START.splitlines()[0].partition("#")[0]) as process:
        address = process.wait_for(r"Playground +(http://\S+)/graphql")
        assert re.search(r"owner@north\.example +password workline-demo", process.said)
        assert json.loads(checkout.run(ASK.replace("http://127.0.0.1:8000", address))) == json.loads(ANSWER)
        assert checkout.run(".venv/bin/workline token owner@south.example").strip()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command.partition("#")[0].split()))
def test_make_knows_the_target(checkout: Checkout, command: str) -> None:
    """Only the dry run: a target is this test run itself or takes too long. Continuous integration runs them."""
    assert command.startswith("make ")
    arguments = shlex.split(command, comments=True)[1:]
    assert checkout.run(shlex.join(["make", "--dry-run", *INSTALLED, *arguments])).strip()
