"""Checks of row-level security and privileges against the migrations, and remedies that repair them."""

import pytest

from graphql_app.doctor import security, server
from graphql_app.doctor.facts import Enabled, Granted, Owned, Policy, expected
from graphql_app.doctor.findings import Finding, Severity, Subject
from graphql_app.doctor.security import actual
from graphql_app.postgres.admin_connections import DriverConnection
from graphql_app.postgres.roles import APP, OWNER, SYSTEM
from tests.doctor.subjects import messages_of
from tests.support.application import MIGRATIONS

TENANT = "organization_id = nullif(current_setting('app.org', true), '')::uuid"
OPEN = "CREATE FUNCTION peek() RETURNS SETOF tasks LANGUAGE sql SECURITY DEFINER"
DAMAGE = {
    "disabled": "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
    "not forced for the owner": "ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY",
    "without its policy": "DROP POLICY tenant ON tasks",
    "hidden from the system role": "DROP POLICY system ON tasks",
    "with a second policy": f"CREATE POLICY everything ON tasks FOR SELECT TO {APP} USING (true)",
    "with a policy that restricts": f"CREATE POLICY less ON tasks AS RESTRICTIVE TO {SYSTEM} USING (priority > 1)",
    "with a policy that shows all rows": "ALTER POLICY tenant ON tasks USING (true)",
    "with a policy that permits all writes": "ALTER POLICY tenant ON tasks WITH CHECK (true)",
    "with a policy for PUBLIC": "ALTER POLICY tenant ON tasks TO PUBLIC",
    "with too many privileges": f"GRANT DELETE ON entries TO {APP}",
    "with too few privileges": f"REVOKE UPDATE ON tasks FROM {APP}",
    "with too few privileges for the system role": f"REVOKE SELECT ON tasks FROM {SYSTEM}",
    "granted to PUBLIC": "GRANT SELECT ON tasks TO PUBLIC",
    "with a column granted to PUBLIC": "GRANT SELECT (title) ON tasks TO PUBLIC",
    "with another owner": "ALTER TABLE tasks OWNER TO postgres",
    "visible through a view": f"CREATE VIEW all_tasks AS SELECT * FROM tasks; GRANT SELECT ON all_tasks TO {APP}",
    "visible through a function": f"{OPEN} SET search_path = public AS 'SELECT * FROM tasks'",
    "without its function": f"REVOKE EXECUTE ON FUNCTION find_login(text) FROM {APP}",
    "with a function of the wrong owner": f"ALTER FUNCTION find_login(text) OWNER TO {OWNER}",
    "with the caller's search path": "ALTER FUNCTION find_login(text) RESET search_path",
}


async def findings(subject: Subject) -> list[Finding]:
    """Return the findings that are not fine."""
    found = [finding for check in security.CHECKS.values() for finding in await check(subject)]
    return [finding for finding in found if finding.level is not Severity.OK]


async def test_the_facts_of_the_migrations_are_those_of_a_migrated_database(admin: DriverConnection) -> None:
    """If a migration grants in a form that is not parsed, extend graphql_app.doctor.facts."""
    assert await actual(admin, {APP, SYSTEM}) == set(expected(MIGRATIONS.script()))


async def test_a_migrated_database_is_fine(subject: Subject) -> None:
    for check in security.CHECKS.values():
        messages_of(await check(subject), Severity.OK)


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_a_problem_and_the_remedy_repairs_it(
    subject: Subject, admin: DriverConnection, damage: str
) -> None:
    await admin.execute(damage)
    found = await findings(subject)
    messages_of(found, Severity.PROBLEM)
    # revoke before granting: the name of a policy is taken as long as it exists
    for finding in sorted(found, key=lambda each: "no migration grants it" not in each.message):
        await admin.execute((finding.remedy or "").removeprefix("Run as an administrator: "))
    assert await findings(subject) == []


async def test_an_additional_table_without_privileges_is_ignored(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("CREATE TABLE notes (); CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    assert await findings(subject) == []


async def test_tables_of_an_extension_are_ignored(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute(
        f"""
        CREATE TABLE spatial (id int, name text);
        CREATE POLICY everything ON spatial TO {APP} USING (true);
        GRANT SELECT, UPDATE (name) ON spatial TO {APP};
        """
    )
    assert len(await findings(subject)) > 1
    await admin.execute("ALTER EXTENSION plpgsql ADD TABLE spatial")
    assert await findings(subject) == []


async def test_security_of_a_newer_release_is_not_compared(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("DELETE FROM alembic_version")
    await admin.execute("INSERT INTO alembic_version VALUES ('ffffffffffff')")
    assert "newer release" in messages_of(await findings(subject), Severity.WARNING)
    assert "newer release" in messages_of(await server.migrations(subject), Severity.WARNING)


async def test_an_older_database_is_compared_with_its_own_migrations(subject: Subject, admin: DriverConnection) -> None:
    """The only finding is the pending migration, without statements that the migration would run anyway."""
    wanted = expected(MIGRATIONS.script(MIGRATIONS.order[0]))
    assert Enabled("users") in wanted
    assert Enabled("tasks") not in wanted


async def test_pending_migrations_are_a_problem(subject: Subject, admin: DriverConnection) -> None:
    messages_of(await server.migrations(subject), Severity.OK)
    last = MIGRATIONS.order[-1]
    await admin.execute("DELETE FROM alembic_version")
    applied = MIGRATIONS.heads_of(MIGRATIONS.parents.keys() - {last})
    await admin.executemany("INSERT INTO alembic_version VALUES ($1)", [(each,) for each in applied])
    found = messages_of(await server.migrations(subject), Severity.PROBLEM)
    assert f"1 migration pending, from {last} on" in found


async def test_a_database_that_was_never_migrated_is_a_problem(subject: Subject, admin: DriverConnection) -> None:
    await admin.execute("DROP TABLE alembic_version")
    assert "workline migrate" in messages_of(await server.migrations(subject), Severity.PROBLEM)


def test_statements_are_parsed_in_their_order() -> None:
    facts = expected(
        """
        CREATE TABLE kept (id int);
        CREATE TABLE gone (id int);
        ALTER TABLE kept ENABLE ROW LEVEL SECURITY;
        ALTER TABLE kept FORCE ROW LEVEL SECURITY;
        ALTER TABLE kept NO FORCE ROW LEVEL SECURITY;
        CREATE POLICY old ON kept TO workline_app USING (true);
        DROP POLICY old ON kept;
        CREATE POLICY new ON kept
            FOR SELECT TO workline_app USING ((id = 1));
        GRANT SELECT, UPDATE (id, name), DELETE ON TABLE kept TO workline_app, PUBLIC;
        REVOKE DELETE ON kept FROM workline_app;
        REVOKE ALL ON kept FROM PUBLIC;
        GRANT SELECT (id, name), INSERT (id, name) ON kept TO workline_system;
        REVOKE SELECT (name), ALL (id) ON kept FROM workline_system;
        REVOKE SELECT (id) ON kept FROM workline_app;
        GRANT SELECT ON gone TO workline_app;
        DROP TABLE gone;
        """.replace("        ", "")
    )
    assert set(facts) == {
        Owned("table", "kept", OWNER),
        Enabled("kept"),
        Policy("kept", "new", APP, "SELECT", "id=1", ""),
        Granted(APP, "SELECT", "table", "kept"),
        Granted(APP, "UPDATE", "table", "kept", "id"),
        Granted(APP, "UPDATE", "table", "kept", "name"),
        Granted(SYSTEM, "INSERT", "table", "kept", "name"),
    }
