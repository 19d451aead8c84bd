"""Checks of settings that are unsafe in production."""

from typing import Any

import pytest

from graphql_app.doctor import configuration as checks
from graphql_app.doctor.findings import Configuration, Severity
from tests.doctor.subjects import configuration, messages_of

STRONG = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"
SAFE = "postgres://app:kO3r7yTq@db/workline?sslmode=verify-full"


MAIL = {"smtp_host": "smtp.north.example", "mail_from": "w@north.example", "app_url": "https://app.north.example"}


def in_production(**settings: Any) -> Configuration:
    return configuration(**{"env": "production", "secret_key": STRONG, "database_url": SAFE, **MAIL, **settings})


def test_production_with_a_strong_key_and_a_verified_address_is_fine() -> None:
    for check in checks.CHECKS.values():
        messages_of(check(in_production()), Severity.OK)


def test_development_with_its_own_database_is_fine() -> None:
    for check in checks.CHECKS.values():
        messages_of(check(configuration()), Severity.OK)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        *((name, True) for name in ("debug", "introspection", "playground", "inspector")),
        ("cors_origins", "*"),
        ("log_level", "debug"),
    ],
)
def test_unnecessary_exposure_in_production_is_a_warning(setting: str, value: Any) -> None:
    found = messages_of(checks.environment(in_production(**{setting: value})), Severity.WARNING)
    assert f"WORKLINE_{setting.upper()}" in found


def test_a_remote_database_in_development_is_a_warning() -> None:
    found = messages_of(checks.environment(configuration(database_url=SAFE)), Severity.WARNING)
    assert "WORKLINE_ENV=production" in found


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "%2Frun%2Fpostgresql"])
def test_a_database_on_this_machine_needs_no_encryption(host: str) -> None:
    messages_of(checks.transport(configuration(database_url=f"postgres://app:x@{host}/workline")), Severity.OK)


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        ("", "allows an unencrypted connection"),
        ("?sslmode=prefer", "allows an unencrypted connection"),
        ("?sslmode=require", "does not verify the identity"),
    ],
)
def test_unencrypted_or_unverified_connections_are_warnings(query: str, complaint: str) -> None:
    address = f"postgres://app:x@db/workline{query}"
    assert complaint in messages_of(checks.transport(configuration(database_url=address)), Severity.WARNING)


def test_explicitly_disabled_tls_is_accepted() -> None:
    messages_of(
        checks.transport(configuration(database_url="postgres://app:x@db/workline?sslmode=disable")), Severity.OK
    )


def test_all_addresses_are_checked() -> None:
    urls = dict.fromkeys(checks.ADDRESSES, "postgres://app:x@db/workline")
    found = messages_of(checks.transport(configuration(**urls)), Severity.WARNING)
    assert all(name in found for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_DIRECT_URL"))


def test_a_well_known_password_is_reported_without_its_value() -> None:
    found = messages_of(
        checks.passwords(configuration(database_url="postgres://app:letmein@db/workline")), Severity.WARNING
    )
    assert "ALTER ROLE app" in found
    assert "letmein" not in found


def test_more_processes_than_cores_are_reported() -> None:
    assert "10000 processes" in messages_of(checks.processes(configuration(processes=10_000)), Severity.WARNING)


@pytest.mark.parametrize(
    ("setting", "value", "named"),
    [
        ("smtp_host", None, "WORKLINE_SMTP_HOST"),
        ("app_url", None, "WORKLINE_APP_URL"),
        ("mail_from", "Workline <workline@localhost>", "WORKLINE_MAIL_FROM"),
        ("smtp_tls", "off", "WORKLINE_SMTP_TLS"),
    ],
)
def test_mail_that_does_not_arrive_safely_is_a_warning_in_production(setting: str, value: Any, named: str) -> None:
    finding = checks.mail(in_production(**{setting: value}))[0]
    assert finding.level is Severity.WARNING
    assert named in str(finding.remedy)
    messages_of(checks.mail(configuration(**{setting: value})), Severity.OK)
