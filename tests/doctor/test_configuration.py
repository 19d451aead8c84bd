"""Checks of the settings that need no database."""

from pathlib import Path
from typing import Any

import pytest

from graphql_app.doctor import configuration as checks
from graphql_app.doctor.findings import Severity
from graphql_app.settings.loading import development_secret
from tests.doctor.subjects import configuration, messages_of

STRONG = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"


def test_default_settings_are_fine() -> None:
    for check in checks.CHECKS.values():
        messages_of(check(configuration(secret_key=STRONG)), Severity.OK)


def test_changed_settings_are_shown_without_passwords_and_keys() -> None:
    chosen: dict[str, Any] = {
        "database_url": "postgres://app:hush@db/workline",
        "pool_size": 3,
        "cors_origins": "https://a.example",
    }
    shown = messages_of(checks.settings(configuration(secret_key=STRONG, **chosen)), Severity.OK)
    assert "DATABASE_URL=app@db:5432/workline" in shown
    assert "WORKLINE_POOL_SIZE=3" in shown
    assert "WORKLINE_CORS_ORIGINS=https://a.example" in shown
    assert "hush" not in shown
    assert STRONG not in shown


def test_lists_of_secrets_and_of_issuers_are_shown_without_secrets() -> None:
    issuer = {"issuer": "https://login.example.com", "audiences": ["workline"], "claims": {"user": {"path": "$.sub"}}}
    chosen = configuration(previous_secret_keys=[STRONG], issuers=[issuer])
    shown = messages_of(checks.settings(chosen), Severity.OK)
    assert "https://login.example.com" in shown
    assert "WORKLINE_PREVIOUS_SECRET_KEYS=***" in shown
    assert STRONG not in shown


def test_a_setting_with_its_default_value_is_not_listed() -> None:
    assert "WORKLINE_PORT" not in messages_of(checks.settings(configuration(port=8000)), Severity.OK)


def test_a_misspelled_variable_is_reported_with_the_closest_setting() -> None:
    assert "Set WORKLINE_PORT instead." in messages_of(
        checks.spelling(configuration(["WORKLINE_PROT", "HOME"])), Severity.WARNING
    )


def test_variables_are_found_in_the_environment_and_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# WORKLINE_A=1\nexport WORKLINE_B=2\n WORKLINE_C = 3\n")
    assert checks.variables_in(["WORKLINE_D"], file) == {"WORKLINE_B", "WORKLINE_C", "WORKLINE_D"}
    assert checks.variables_in([], tmp_path / "nothing") == set()


def test_a_weak_key_is_a_warning() -> None:
    assert "too short" in messages_of(checks.secret_key(configuration(secret_key="short")), Severity.WARNING)


def test_a_generated_key_is_fine_unless_other_accounts_can_read_it(tmp_path: Path) -> None:
    secret = development_secret(tmp_path)
    for subject in (configuration(data_dir=tmp_path), configuration(data_dir=tmp_path, secret_key=secret)):
        assert "Generated for development" in messages_of(checks.secret_key(subject), Severity.OK)
    (tmp_path / "secret-key").chmod(0o644)
    assert f"chmod 600 {tmp_path}/secret-key" in messages_of(checks.secret_key(subject), Severity.WARNING)


def test_a_missing_development_key_is_fine(tmp_path: Path) -> None:
    assert "first start" in messages_of(checks.secret_key(configuration(data_dir=tmp_path)), Severity.OK)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "limits",
    [
        {"lock_timeout": 10},
        {"statement_timeout": 12},
        {"statement_timeout": 11, "transaction_timeout": 11},
        {"statement_timeout": 11, "operation_timeout": 11},
        {"pool_timeout": 20},
    ],
)
def test_a_limit_that_never_takes_effect_is_a_warning(limits: dict[str, Any]) -> None:
    assert "never takes effect" in messages_of(checks.times(configuration(**limits)), Severity.WARNING)
