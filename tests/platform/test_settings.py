"""Settings: sources, validation, and hidden values."""

import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphql_app.settings import (
    Settings,
    SettingsError,
    documentation,
    load_settings,
    unknown_variables,
    variable_of,
)
from graphql_app.settings.loading import secret_variables
from graphql_app.settings.weak_secrets import weakness

STRONG = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"
ROOT = Path(__file__).parents[2]
type Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Return a function that loads the settings of a process in an empty directory with these variables."""
    monkeypatch.chdir(tmp_path)

    def loaded(overrides: dict[str, Any] | None = None, **environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings(**overrides or {})

    return loaded


def problems_of(load: Load, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(**environment)
    return caught.value.problems


def test_all_settings_have_defaults(load: Load, tmp_path: Path) -> None:
    settings = load()
    assert settings.env == "development"
    assert settings.data_dir == tmp_path / ".workline"
    assert settings.database_url is None
    assert (settings.playground, settings.introspection, settings.log_format) == (True, True, "console")


def test_variables_have_the_prefix_and_addresses_have_none(load: Load) -> None:
    settings = load(WORKLINE_POOL_SIZE="3", DATABASE_URL="postgres://app@db/workline")
    assert settings.pool_size == 3
    assert settings.database_url == "postgres://app@db/workline"
    assert variable_of("pool_size") == "WORKLINE_POOL_SIZE"
    assert variable_of("database_url") == "DATABASE_URL"


def test_the_environment_precedes_the_file_and_an_override_precedes_both(load: Load, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WORKLINE_PORT=1111\nWORKLINE_HOST=a\nWORKLINE_TOKEN_ISSUER=file\n")
    settings = load({"port": 3333}, WORKLINE_PORT="2222", WORKLINE_HOST="b")
    assert (settings.port, settings.host, settings.token_issuer) == (3333, "b", "file")


def test_an_empty_variable_counts_as_absent(load: Load) -> None:
    assert load(WORKLINE_PORT="", DATABASE_URL="").port == 8000


def test_settings_cannot_be_changed(load: Load) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    "text", ["https://a.example, https://b.example/", '["https://a.example", "https://b.example"]']
)
def test_origins_are_separated_by_commas_or_a_json_list(load: Load, text: str) -> None:
    assert load(WORKLINE_CORS_ORIGINS=text).cors_origins == ["https://a.example", "https://b.example"]


def test_all_problems_are_reported_without_values(load: Load) -> None:
    problems = problems_of(load, WORKLINE_POOL_SIZE="lots", WORKLINE_PORT="99999", WORKLINE_LOG_FORMAT="xml")
    assert [problem.split()[0] for problem in problems] == [
        "WORKLINE_POOL_SIZE",
        "WORKLINE_LOG_FORMAT",
        "WORKLINE_PORT",
    ]
    assert not any(value in " ".join(problems) for value in ("lots", "99999", "xml"))


def test_contradictory_settings_are_refused(load: Load) -> None:
    assert problems_of(load, WORKLINE_PAGE_SIZE_DEFAULT="200") == [
        "WORKLINE_PAGE_SIZE_DEFAULT must be at most WORKLINE_PAGE_SIZE_MAX"
    ]


def test_production_reports_every_missing_and_weak_secret(load: Load) -> None:
    address = "postgres://owner:postgres@db/workline"
    problems = problems_of(load, WORKLINE_ENV="production", WORKLINE_POOL_SIZE="x", DATABASE_OWNER_URL=address)
    assert [problem.split()[0] for problem in problems] == [
        "DATABASE_URL",
        "DATABASE_OWNER_URL",
        "WORKLINE_SECRET_KEY",
        "WORKLINE_POOL_SIZE",
    ]


def test_production_starts_with_strong_secrets_and_hides_developer_tools(load: Load) -> None:
    address = "postgres://app:kO3r7yTq@db/workline"
    settings = load(WORKLINE_ENV="Production", WORKLINE_SECRET_KEY=STRONG, DATABASE_URL=address)
    assert (settings.playground, settings.introspection, settings.log_format) == (False, False, "json")


def test_defaults_of_production_can_be_overridden(load: Load) -> None:
    address = "postgres://app@db/workline"
    environment = {"WORKLINE_ENV": "production", "WORKLINE_SECRET_KEY": STRONG, "DATABASE_URL": address}
    assert load(**environment, WORKLINE_PLAYGROUND="true").playground


@pytest.mark.parametrize(
    ("secret", "why"),
    [
        ("", "missing"),
        ("short", "too short"),
        (STRONG[:31], "too short"),
        ("a" * 64, "easy to guess"),
        ("0123456789abcdef" * 3, "easy to guess"),
        ("abababababababababacabababababababab", "easy to guess"),
        ("please-changeme-" + STRONG, "published example"),
    ],
)
def test_weak_secrets_are_refused_with_the_reason(secret: str, why: str) -> None:
    assert why in (weakness(secret) or "")


@pytest.mark.parametrize("secret", [STRONG, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])
def test_random_secrets_are_strong(secret: str) -> None:
    assert weakness(secret) is None


def test_development_creates_one_secret_readable_only_by_its_owner(load: Load, tmp_path: Path) -> None:
    first, second = load().secret_key, load().secret_key
    kept = tmp_path / ".workline" / "secret-key"
    assert first == second
    assert weakness(first.get_secret_value()) is None
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [file.name for file in kept.parent.iterdir()] == ["secret-key"]


def test_an_unwritable_data_directory_is_a_problem_of_its_setting(load: Load, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert problems_of(load, WORKLINE_DATA_DIR=str(tmp_path / "file"))[0].startswith("WORKLINE_DATA_DIR")


def test_secrets_are_hidden_in_printed_settings(load: Load) -> None:
    settings = load(WORKLINE_SECRET_KEY=STRONG, DATABASE_URL="postgres://app:hush@db/x")
    assert STRONG not in f"{settings!r} {settings}"
    assert "hush" not in f"{settings!r} {settings}"


def test_secret_variables_are_those_that_printed_settings_hide() -> None:
    secrets = {"SECRET_KEY", "PREVIOUS_SECRET_KEYS", "METRICS_TOKEN", "SMTP_PASSWORD"}
    addresses = {"DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_DIRECT_URL"}
    assert secret_variables() == {f"WORKLINE_{name}" for name in secrets} | addresses


def test_a_misspelled_variable_is_reported_with_the_closest_setting() -> None:
    assert unknown_variables(["WORKLINE_POOLSIZE", "WORKLINE_ENV", "PATH"]) == {
        "WORKLINE_POOLSIZE": "WORKLINE_POOL_SIZE"
    }


def test_every_setting_is_described_and_the_example_file_is_up_to_date() -> None:
    assert all(field.description for field in Settings.model_fields.values())
    written = (ROOT / ".env.example").read_text()
    assert written == documentation(), "run: .venv/bin/python -m graphql_app.settings > .env.example"
