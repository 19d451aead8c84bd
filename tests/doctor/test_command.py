"""Output and exit status of ``workline doctor``."""

import json
from pathlib import Path
from typing import Any

import pytest

from graphql_app.doctor import server
from tests.support.application import MIGRATIONS
from tests.support.commands import Run, addresses
from tests.support.databases import TestDatabase

STRONG = "Zt8pWq3nKx5vLr7mYd2sHf9gJb4cRe6a"


@pytest.fixture(autouse=True)
def without_server_risks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the check of the server: the tests' own server is fast and unsafe, which is a problem."""
    monkeypatch.setattr(server, "RISKS", {"track_counts": ""})


def report_of(run: Run, *options: str, status: int, **environment: str) -> dict[str, Any]:
    """Return the report in JSON."""
    left = run("doctor", "--json", *options, **environment)
    assert left.status == status, left.out
    report: dict[str, Any] = json.loads(left.out)
    return report


def findings(report: dict[str, Any], status: str) -> dict[str, list[dict[str, str]]]:
    """Return the findings of every check with this status, by check."""
    return {check["name"]: check["findings"] for check in report["checks"] if check["status"] == status}


def test_a_run_without_problems_exits_with_0(run: Run, seeded: TestDatabase) -> None:
    left = run("doctor", "--strict", **addresses(seeded))
    assert left.status == 0, left.out
    assert left.out.endswith(": no problems.\n")
    assert all(title in left.out for title in ("Configuration", "Server", "Room", "Roles", "Shape", "Security", "Rows"))


def test_a_problem_exits_with_1_and_a_remedy(run: Run, database: TestDatabase) -> None:
    left = run("doctor", **addresses(database), WORKLINE_POOL_SIZE="5000")
    assert left.status == 1
    assert "problem  connections" in left.out
    assert "-> Lower WORKLINE_PROCESSES or WORKLINE_POOL_SIZE" in left.out
    assert left.out.endswith(": 1 problem.\n")


def test_a_warning_exits_with_0_unless_strict(run: Run, database: TestDatabase) -> None:
    environment = addresses(database) | {"WORKLINE_PROT": "1"}
    assert run("doctor", **environment).status == 0
    left = run("doctor", "--strict", **environment)
    assert left.status == 1
    assert left.out.endswith(": 1 warning.\n")


def test_json_has_every_check_with_its_status_and_the_remedy(run: Run, database: TestDatabase) -> None:
    report = report_of(run, status=1, **addresses(database), WORKLINE_POOL_SIZE="5000")
    assert report["status"] == "problem"
    assert report["counts"]["problem"] == 1
    assert sum(report["counts"].values()) == len(report["checks"])
    ((finding,),) = findings(report, "problem").values()
    assert finding["remedy"].startswith("Lower")
    assert all(check["findings"] for check in report["checks"])
    assert {(check["group"], check["name"]) for check in report["checks"]} >= {
        ("configuration", "secret key"),
        ("server", "version"),
        ("security", "row-level security"),
        ("rows", "ledger sums"),
    }


def test_quick_skips_checks_that_read_whole_tables(run: Run, database: TestDatabase) -> None:
    report = report_of(run, "--quick", status=0, **addresses(database))
    assert "rows" not in {check["group"] for check in report["checks"]}


def test_rows_are_not_checked_without_the_owners_address(run: Run, database: TestDatabase) -> None:
    report = report_of(run, status=0, DATABASE_URL=database.app_url)
    assert set(findings(report, "warning")) == {"owner's role", "sight"}


def test_an_unreachable_address_of_the_owner_is_a_problem(run: Run, database: TestDatabase) -> None:
    environment = addresses(database) | {"DATABASE_OWNER_URL": "postgres://u:hush@127.0.0.1:1/d"}
    report = report_of(run, status=1, **environment)
    assert set(findings(report, "problem")) == {"owner's connection"}
    assert "hush" not in json.dumps(report)


def test_an_unmigrated_database_ends_the_checks(run: Run, database: TestDatabase) -> None:
    MIGRATIONS.downgrade(database.owner, "base")
    report = report_of(run, status=1, **addresses(database))
    assert set(findings(report, "problem")) == {"migrations"}
    assert {"security", "rows"} & {check["group"] for check in report["checks"]} == set()


def test_a_check_that_fails_is_a_problem_of_its_own(
    run: Run, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphql_app.doctor.maintenance.INVALID", "SELECT nonsense")
    report = report_of(run, status=1, **addresses(database))
    ((finding,),) = findings(report, "problem").values()
    assert "The check failed" in finding["message"]
    assert findings(report, "ok")["ledger sums"]


def test_an_unreachable_database_exits_with_69(run: Run) -> None:
    report = report_of(run, status=69, DATABASE_URL="postgres://u:hush@127.0.0.1:1/d")
    ((finding,),) = findings(report, "problem").values()
    assert "No database answers at u@127.0.0.1:1/d" in finding["message"]
    assert findings(report, "ok")["secret key"], "the configuration was checked before"
    assert "hush" not in json.dumps(report)


def test_invalid_settings_exit_with_78_and_are_all_reported(run: Run) -> None:
    report = report_of(run, status=78, WORKLINE_ENV="production", WORKLINE_SECRET_KEY="hush", WORKLINE_POOL_SIZE="x")
    messages_of = [finding["message"].split()[0] for finding in findings(report, "problem")["settings"]]
    assert messages_of == ["DATABASE_URL", "WORKLINE_SECRET_KEY", "WORKLINE_POOL_SIZE"]
    assert "hush" not in json.dumps(report)


def test_an_invalid_address_exits_with_78(run: Run) -> None:
    report = report_of(run, status=78, DATABASE_URL="sqlite:///hush.db")
    assert set(findings(report, "problem")) == {"addresses"}
    assert "hush" not in json.dumps(report)


def test_a_missing_embedded_database_is_not_created(run: Run, tmp_path: Path) -> None:
    report = report_of(run, status=69)
    assert "workline serve" in findings(report, "problem")["connection"][0]["remedy"]
    assert not list(tmp_path.iterdir())


def test_demo_organizations_in_production_are_reported(run: Run, seeded: TestDatabase) -> None:
    environment = {"WORKLINE_ENV": "production", "WORKLINE_SECRET_KEY": STRONG}
    report = report_of(run, status=1, **addresses(seeded), **environment)
    ((finding,),) = findings(report, "problem").values()
    assert finding["message"].startswith("2 organizations have users with the demo's password, which is public")
    assert "demo organizations" not in {
        check["name"] for check in report_of(run, status=0, WORKLINE_ENV="test")["checks"]
    }


def test_risks_of_production_are_warnings(run: Run, database: TestDatabase) -> None:
    environment = {"WORKLINE_ENV": "production", "WORKLINE_SECRET_KEY": STRONG, "WORKLINE_DEBUG": "true"}
    report = report_of(run, status=0, **addresses(database), **environment)
    assert set(findings(report, "warning")) == {"environment", "mail"}
