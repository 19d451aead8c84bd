"""Checks of excessive and missing privileges. Changes of roles are rolled back, because all databases share them."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from graphql_app.doctor import roles
from graphql_app.doctor.findings import Severity, Subject
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, OWNER, SYSTEM
from tests.doctor.subjects import messages_of


@pytest.fixture
async def changing(admin: DriverConnection) -> AsyncIterator[DriverConnection]:
    """Run changes in a transaction that is rolled back."""
    transaction = admin.transaction()
    await transaction.start()
    yield admin
    await transaction.rollback()


async def test_new_roles_are_fine(subject: Subject) -> None:
    for check in roles.CHECKS.values():
        messages_of(await check(subject), Severity.OK)


@pytest.mark.parametrize(
    ("attribute", "complaint", "level"),
    [
        ("SUPERUSER", "reads the rows of all organizations", Severity.PROBLEM),
        ("BYPASSRLS", "reads the rows of all organizations", Severity.PROBLEM),
        ("CREATEROLE", "does not need", Severity.WARNING),
        ("CREATEDB", "does not need", Severity.WARNING),
        ("REPLICATION", "does not need", Severity.WARNING),
    ],
)
async def test_an_attribute_of_the_application_role_is_reported(
    subject: Subject, changing: DriverConnection, attribute: str, complaint: str, level: Severity
) -> None:
    await changing.execute(f"ALTER ROLE {APP} {attribute}; SET LOCAL ROLE {APP}")
    role = await roles.facts(changing, APP)
    found = messages_of(roles.powers(role), level)
    assert complaint in found
    assert f"ALTER ROLE {APP} NO{attribute}" in found
    assert roles.powers(role)[0] in await roles.application(replace(subject, app=changing))


@pytest.mark.parametrize(
    ("change", "complaint", "remedy"),
    [
        (f"GRANT {OWNER} TO {APP}", f"can assume the role {OWNER}", f"REVOKE {OWNER} FROM {APP}"),
        (f"GRANT {SYSTEM} TO {APP}", f"can assume the role {SYSTEM}", f"REVOKE {SYSTEM} FROM {APP}"),
        (f"ALTER TABLE tasks OWNER TO {APP}", "owns 1 object", f"REASSIGN OWNED BY {APP} TO {OWNER}"),
        (f"GRANT CREATE ON SCHEMA public TO {APP}", "may create tables", "REVOKE CREATE ON SCHEMA public"),
    ],
)
async def test_an_application_that_bypasses_row_level_security_is_a_problem(
    subject: Subject, changing: DriverConnection, change: str, complaint: str, remedy: str
) -> None:
    await changing.execute(f"{change}; SET LOCAL ROLE {APP}")
    found = messages_of(await roles.application(replace(subject, app=changing)), Severity.PROBLEM)
    assert complaint in found
    assert remedy in found


@pytest.mark.parametrize(
    "change",
    [
        "CREATE ROLE web LOGIN SUPERUSER",
        "CREATE ROLE web LOGIN BYPASSRLS",
        f"CREATE ROLE web LOGIN; GRANT {OWNER} TO web",
        "CREATE ROLE web LOGIN; ALTER TABLE tasks OWNER TO web",
    ],
)
async def test_a_role_with_another_purpose_is_replaced_in_the_settings(
    subject: Subject, changing: DriverConnection, change: str
) -> None:
    await changing.execute(f"{change}; SET LOCAL ROLE web")
    found = messages_of(await roles.application(replace(subject, app=changing)), Severity.PROBLEM)
    assert f"Set DATABASE_URL to an address that logs in as {APP}" in found
    assert not [word for word in ("ALTER ROLE", "REASSIGN", "REVOKE") if word in found]


async def test_an_additional_membership_of_the_application_is_a_warning(
    subject: Subject, changing: DriverConnection
) -> None:
    await changing.execute(f"CREATE ROLE reporting; GRANT reporting TO {APP}; SET LOCAL ROLE {APP}")
    found = messages_of(await roles.application(replace(subject, app=changing)), Severity.WARNING)
    assert f"REVOKE reporting FROM {APP}" in found


async def test_an_application_role_of_another_name_is_fine(subject: Subject, changing: DriverConnection) -> None:
    await changing.execute(f"CREATE ROLE web LOGIN; GRANT {APP} TO web; SET LOCAL ROLE web")
    assert "web is subject" in messages_of(await roles.application(replace(subject, app=changing)), Severity.OK)


def inherit_system_role(connection: DriverConnection) -> str:
    """Return statements by which the owner inherits the visibility of rows."""
    if connection.get_server_version().major >= 16:
        return f"GRANT {SYSTEM} TO {OWNER} WITH INHERIT TRUE"
    return f"ALTER ROLE {OWNER} INHERIT"


async def test_an_owner_that_inherits_the_system_role_is_a_problem(
    subject: Subject, changing: DriverConnection
) -> None:
    await changing.execute(inherit_system_role(changing))
    found = await roles.owner(replace(subject, owner=changing))
    assert "inherits" in messages_of(found, Severity.PROBLEM)
    await changing.execute((found[0].remedy or "").partition(": ")[2])
    messages_of(await roles.owner(replace(subject, owner=changing)), Severity.OK)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (f"ALTER ROLE {OWNER} SUPERUSER", "has SUPERUSER"),
        (f"ALTER ROLE {OWNER} BYPASSRLS", "has BYPASSRLS"),
        (f"REVOKE {SYSTEM} FROM {OWNER}", "cannot assume the role workline_system"),
        (f"ALTER ROLE {OWNER} RENAME TO renamed_role", "There is no role workline_owner"),
    ],
)
async def test_a_changed_owner_role_is_a_problem(
    subject: Subject, changing: DriverConnection, change: str, complaint: str
) -> None:
    await changing.execute(change)
    found = await roles.owner(replace(subject, owner=changing))
    assert complaint in messages_of([each for each in found if each.level is Severity.PROBLEM], Severity.PROBLEM)


async def test_a_superuser_as_the_owner_is_fine_and_reported(subject: Subject, admin: DriverConnection) -> None:
    assert "postgres, a superuser" in messages_of(await roles.owner(replace(subject, owner=admin)), Severity.OK)


async def test_a_missing_address_of_the_owner_is_a_warning(subject: Subject) -> None:
    assert "Set DATABASE_OWNER_URL" in messages_of(await roles.owner(replace(subject, owner=None)), Severity.WARNING)


@pytest.mark.parametrize(
    ("change", "complaint", "level"),
    [
        (f"ALTER ROLE {SYSTEM} LOGIN", "can log in", Severity.PROBLEM),
        (f"ALTER ROLE {SYSTEM} BYPASSRLS", "has BYPASSRLS", Severity.PROBLEM),
        (f"ALTER ROLE {SYSTEM} CREATEDB", "does not need", Severity.WARNING),
        (f"GRANT CREATE ON SCHEMA public TO {SYSTEM}", "only during a migration", Severity.WARNING),
        (f"ALTER ROLE {SYSTEM} RENAME TO renamed_role", "There is no role workline_system", Severity.PROBLEM),
    ],
)
async def test_a_changed_system_role_is_reported(
    subject: Subject, changing: DriverConnection, change: str, complaint: str, level: Severity
) -> None:
    await changing.execute(change)
    assert complaint in messages_of(await roles.system(replace(subject, owner=changing)), level)
