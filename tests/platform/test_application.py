"""Application of a process: its configuration, and errors if it is missing or not found."""

import subprocess
import sys
from pathlib import Path

import pytest

from graphql_app.application import Application, load_application
from graphql_app.settings import ApplicationSettings, SettingsError, find_application
from tests.support.application import APPLICATION, CONFIG
from tests.support.checkout import ROOT
from tests.support.commands import Run

pytestmark = pytest.mark.slow

NAMED = '[tool.workline]\nschema = "clinic"\nmigrations = "changes"\n'


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Create an application whose package has no folders, and return its directory."""
    (tmp_path / "pyproject.toml").write_text(NAMED)
    (tmp_path / "changes").mkdir()
    (tmp_path / "clinic").mkdir()
    # in this process, the demo's types are part of every API, and with them its scopes
    scopes = "from schema import SCOPES\n\n" if "schema" in sys.modules else ""
    (tmp_path / "clinic" / "__init__.py").write_text(f'"""A clinic."""\n\n{scopes}DOMAINS = ()\n')
    return tmp_path


def settings(**named: str) -> ApplicationSettings:
    return ApplicationSettings(**{"_env_file": None, **named})  # type: ignore[arg-type] # pydantic validates the values


def problem(directory: Path, **named: str) -> str:
    """Return the error of the configuration."""
    with pytest.raises(SettingsError) as caught:
        find_application(settings(**named), directory)
    (said,) = caught.value.problems
    return said


def loaded(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Application:
    """Load the application of a directory. The module search path is restored after the test."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    return load_application(find_application(settings(), directory))


def test_the_application_of_this_repository_is_configured_like_any_other() -> None:
    assert (CONFIG.package, CONFIG.migrations) == ("schema", ROOT / "migrations" / "versions")
    assert CONFIG.origin == str(ROOT / "pyproject.toml")
    assert APPLICATION.directory == ROOT / "schema"


def test_the_nearest_file_with_the_table_is_used(project: Path) -> None:
    below = project / "a" / "b"
    below.mkdir(parents=True)
    (below / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    found = find_application(settings(), below)
    assert (found.package, found.root, found.migrations) == ("clinic", project, project / "changes")


def test_variables_take_precedence_over_the_file(project: Path) -> None:
    (project / "other").mkdir()
    found = find_application(settings(application_schema="shop", application_migrations="other"), project)
    assert (found.package, found.migrations) == ("shop", project / "other")
    assert found.origin == "WORKLINE_SCHEMA and WORKLINE_MIGRATIONS"


def test_one_variable_without_the_other_is_refused(project: Path) -> None:
    assert problem(project, application_schema="shop") == "WORKLINE_SCHEMA and WORKLINE_MIGRATIONS must be set together"


def test_without_a_name_there_is_no_application_although_a_package_called_schema_exists(tmp_path: Path) -> None:
    said = problem(tmp_path)
    assert "[tool.workline]" in said
    assert "WORKLINE_SCHEMA" in said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.workline]\nschema = 'clinic'\n", 'must contain migrations = "..."'),
        (f"{NAMED}shema = 'x'\n", "shema is not a key of [tool.workline]"),
        (f"{NAMED}shema = 'x'\n", "did you mean schema?"),
        ("[tool", "cannot be read"),
        (NAMED.replace("changes", "nowhere"), "There is no directory"),
    ],
)
def test_an_incomplete_table_is_refused(project: Path, text: str, said: str) -> None:
    (project / "pyproject.toml").write_text(text)
    assert said in problem(project)


def test_the_package_is_imported_from_the_root_of_the_application(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = loaded(project, monkeypatch)
    assert application.directory == project / "clinic"
    engine = [f"graphql_app.{folder}.models" for folder in ("identity", "events", "jobs")]
    assert [module.__name__ for module in application.modules("models")] == engine
    assert "type User implements Node" in application.build().sdl
    sys.modules.pop("clinic")


def test_a_package_that_does_not_exist_is_an_error_with_the_remedy(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "pyproject.toml").write_text(NAMED.replace("clinic", "klinic"))
    with pytest.raises(
        SettingsError, match=r"package klinic, named by .*pyproject\.toml, cannot be imported"
    ) as caught:
        loaded(project, monkeypatch)
    assert f"create it in {project}, or install it" in str(caught.value)


def test_a_package_without_folders_is_an_error_that_names_its_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "clinic" / "__init__.py").write_text("")
    with pytest.raises(SettingsError, match=r"clinic/__init__\.py.* names no folders") as caught:
        loaded(project, monkeypatch)
    assert "DOMAINS" in str(caught.value)
    sys.modules.pop("clinic", None)


def test_a_missing_import_of_a_module_names_the_module(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "clinic" / "__init__.py").write_text('DOMAINS = ("visits",)\n')
    (project / "clinic" / "visits").mkdir()
    (project / "clinic" / "visits" / "__init__.py").write_text("")
    (project / "clinic" / "visits" / "models.py").write_text("import nowhere_to_be_found\n")
    with pytest.raises(SettingsError, match=r"clinic\.visits\.models cannot be imported: .*nowhere_to_be_found"):
        loaded(project, monkeypatch).load_models()
    for name in ("clinic.visits", "clinic"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("command", [("schema",), ("migrate", "--sql"), ("serve",), ("doctor",)])
def test_commands_without_an_application_exit_with_78(
    run: Run, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    for name in ("WORKLINE_SCHEMA", "WORKLINE_MIGRATIONS"):
        monkeypatch.delenv(name)
    left = run(*command)
    assert left.status == 78
    assert "No application is configured" in left.err + left.out


def test_the_schema_command_names_the_application_beside_the_schema(run: Run) -> None:
    left = run("schema")
    assert left.err.startswith(f"# schema in {ROOT / 'schema'}, named by WORKLINE_SCHEMA")
    assert "# schema in" not in left.out


def test_script_and_module_load_the_same_application() -> None:
    below = ROOT / "docs"
    commands = ([str(Path(sys.executable).with_name("workline"))], [sys.executable, "-m", "graphql_app"])
    printed = [
        subprocess.run([*command, "migrate", "--sql"], cwd=below, capture_output=True, text=True, check=True).stdout
        for command in commands
    ]
    assert printed[0] == printed[1]
    assert "CREATE TABLE tasks" in printed[0]
