"""Services of compose.yaml: their roles, their order, and no secrets in the file."""

import re
import secrets
from typing import Any

import pytest
import yaml

from graphql_app.cli import COMMANDS
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.roles import APP, OLDEST
from graphql_app.settings import Settings, load_settings
from graphql_app.settings.loading import variables
from tests.support.checkout import ROOT

REQUIRED = re.compile(r"\$\{(?P<name>\w+):\?[^}]*\}")
"""Variable without which Compose refuses to run."""


@pytest.fixture
def services() -> dict[str, Any]:
    """Return the services, with secrets as the first lines of the file create them."""
    text = (ROOT / "compose.yaml").read_text()
    made = {name: secrets.token_hex(32) for name in REQUIRED.findall(text)}
    found: dict[str, Any] = yaml.safe_load(REQUIRED.sub(lambda match: made[match["name"]], text))["services"]
    return found


def test_the_first_lines_create_every_required_secret() -> None:
    text = (ROOT / "compose.yaml").read_text()
    (named,) = re.findall(r"for name in ([\w ]+); do", text)
    assert set(named.split()) == set(REQUIRED.findall(text))


def test_no_secret_has_a_default() -> None:
    text = REQUIRED.sub("", (ROOT / "compose.yaml").read_text())
    assert "${" not in text
    assert not re.findall(r"(?im)^ *\w*(?:password|secret)\w*: *\S", text)


def test_the_file_with_the_secrets_is_not_committed() -> None:
    assert "/compose.env" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_server_connects_as_the_application_without_the_owner_s_address(services: dict[str, Any]) -> None:
    environment = services["workline"]["environment"]
    assert parse_address(environment["DATABASE_URL"]).user == APP
    assert "DATABASE_OWNER_URL" not in environment
    assert "command" not in services["workline"], "the default of the image"


def test_migrations_run_first_and_set_the_password_of_the_server(services: dict[str, Any]) -> None:
    migrate, server = services["migrate"], services["workline"]
    assert migrate["environment"]["DATABASE_URL"] == server["environment"]["DATABASE_URL"]
    assert migrate["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert server["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert [*migrate["command"]] == ["migrate"]
    assert "migrate" in COMMANDS


def test_every_address_is_that_of_the_started_database(services: dict[str, Any]) -> None:
    database = services["database"]
    for name in ("migrate", "workline"):
        urls = [value for key, value in services[name]["environment"].items() if key.endswith("_URL")]
        assert {parse_address(url).url.host for url in urls} == {"database"}
        assert {parse_address(url).url.database for url in urls} == {database["environment"]["POSTGRES_DB"]}
    owner = parse_address(services["migrate"]["environment"]["DATABASE_OWNER_URL"])
    assert (owner.user, owner.password) == ("postgres", database["environment"]["POSTGRES_PASSWORD"])


def test_the_database_has_a_supported_version_and_keeps_its_data(services: dict[str, Any]) -> None:
    database = services["database"]
    version = re.fullmatch(r"postgres:(\d+)-\w+", database["image"])
    assert version
    assert OLDEST <= int(version[1]) < 18, "the image of 18 and later has another data directory"
    assert database["volumes"] == ["data:/var/lib/postgresql/data"]
    assert "ports" not in database
    assert database["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]


def test_production_accepts_these_settings(services: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("migrate", "workline"):
        assert services[name]["environment"].keys() <= variables().keys()
        for variable, value in services[name]["environment"].items():
            monkeypatch.setenv(variable, value)
        assert load_settings(env="production", _env_file=None).env == "production"


def test_a_stop_waits_for_running_requests(services: dict[str, Any]) -> None:
    grace = int(services["workline"]["stop_grace_period"].removesuffix("s"))
    assert grace > Settings.model_fields["shutdown_timeout"].default


@pytest.mark.parametrize("name", ["migrate", "workline"])
def test_containers_have_minimal_privileges(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_the_server_is_reachable_only_from_this_machine(services: dict[str, Any]) -> None:
    assert services["workline"]["ports"] == ["127.0.0.1:8000:8000"]
