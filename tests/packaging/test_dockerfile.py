"""What the Dockerfile promises, read from it. Whether it keeps it is in test_image.py."""

import pytest

from tests.packaging.context import is_ignored, read_patterns
from tests.packaging.dockerfile import Stage, instructions, stages
from tests.support.checkout import ROOT


@pytest.fixture
def final() -> Stage:
    return stages()[-1]


def test_the_image_runs_as_somebody_who_is_not_root(final: Stage) -> None:
    user, _, group = final.only("USER").text.partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_image_is_made_without_running_anything_in_it(final: Stage) -> None:
    assert "RUN" not in {instruction.name for instruction in final.instructions}


def test_the_server_is_process_1_and_gets_signals_itself(final: Stage) -> None:
    assert final.only("ENTRYPOINT").command == ["workline"]
    assert final.only("CMD").command == ["serve", "--host", "0.0.0.0"]


def test_the_health_check_needs_no_other_program_than_python(final: Stage) -> None:
    assert final.only("HEALTHCHECK").command[0] == "python"


def test_every_stage_is_of_the_same_python() -> None:
    (image,) = {stage.image for stage in stages()}
    assert image.startswith("python:3.")
    assert "slim" in image


def test_only_what_is_locked_with_hashes_is_installed() -> None:
    installs = [each.text for stage in stages() for each in stage.instructions if " install " in f" {each.text} "]
    assert len(installs) == 3
    assert all("--require-hashes --only-binary :all:" in each or "--no-index" in each for each in installs)


@pytest.mark.parametrize(
    "text", ["ADD https://example.com/x /x", "FROM a\nRUN one\nSHELL ['bash']", "from python", "ARG TOKEN"]
)
def test_what_the_tests_cannot_follow_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the Dockerfile uses"):
        instructions(text)


@pytest.mark.parametrize(
    ("name", "ignored"),
    [
        (".env", True),
        (".git/config", True),
        (".workline/secret-key", True),
        ("compose.env", True),
        ("tests/conftest.py", True),
        ("schema/__pycache__/services.cpython-313.pyc", True),
        ("graphql_app/playground/source/build.mjs", True),
        ("graphql_app/playground/dist/playground.html.gz", False),
        ("graphql_app/asgi.py", False),
        ("migrations/versions/2026_11_21_0801_people.py", False),
        ("requirements/runtime.txt", False),
        ("pyproject.toml", False),
        ("README.md", False),
    ],
)
def test_the_build_is_sent_what_it_needs_and_no_secrets(name: str, ignored: bool) -> None:
    assert is_ignored(name, read_patterns((ROOT / ".dockerignore").read_text())) is ignored
