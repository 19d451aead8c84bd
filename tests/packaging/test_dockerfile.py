"""Properties of the Dockerfile that can be read from it. test_image.py builds it."""

import pytest

from tests.packaging.context import is_ignored, read_patterns
from tests.packaging.dockerfile import Stage, instructions, stages
from tests.support.checkout import ROOT


@pytest.fixture
def final() -> Stage:
    return stages()[-1]


def test_the_image_runs_as_a_user_other_than_root(final: Stage) -> None:
    user, _, group = final.only("USER").text.partition(":")
    assert int(user) > 0
    assert int(group) > 0


def test_the_image_is_built_without_running_its_programs(final: Stage) -> None:
    assert "RUN" not in {instruction.name for instruction in final.instructions}


def test_the_server_is_process_1_and_gets_signals_itself(final: Stage) -> None:
    assert final.only("ENTRYPOINT").command == ["workline"]
    assert final.only("CMD").command == ["serve", "--host", "0.0.0.0"]


def test_the_health_check_needs_only_python(final: Stage) -> None:
    assert final.only("HEALTHCHECK").command[0] == "python"


def test_every_stage_has_the_same_python() -> None:
    (image,) = {stage.image for stage in stages()}
    assert image.startswith("python:3.")
    assert "slim" in image


def test_only_locked_packages_with_hashes_are_installed() -> None:
    installs = [each.text for stage in stages() for each in stage.instructions if " install " in f" {each.text} "]
    assert len(installs) == 3
    assert all("--require-hashes --only-binary :all:" in each or "--no-index" in each for each in installs)


@pytest.mark.parametrize(
    "text", ["ADD https://example.com/x /x", "FROM a\nRUN one\nSHELL ['bash']", "from python", "ARG TOKEN"]
)
def test_unsupported_instructions_are_refused(text: str) -> None:
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
        ("docs/clients.md", False),
        ("llms.txt", False),
    ],
)
def test_the_build_context_is_complete_and_has_no_secrets(name: str, ignored: bool) -> None:
    assert is_ignored(name, read_patterns((ROOT / ".dockerignore").read_text())) is ignored
