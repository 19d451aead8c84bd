"""Checks of rows in the whole database: the ``CHECKS`` of every folder that has a module ``checks``."""

from base64 import b64encode
from importlib import import_module
from importlib.util import find_spec

from graphql_app.doctor.rows import RowCheck
from schema import DOMAINS


def row_checks(*, production: bool = False) -> list[RowCheck]:
    """Return all checks in the order of the folders, for ``workline doctor``, in production with that of the demo."""
    names = [f"schema.{domain}.checks" for domain in DOMAINS]
    found = [check for name in names if find_spec(name) for check in import_module(name).CHECKS]
    return [*found, published_passwords()] if production else found


def published_passwords() -> RowCheck:
    """Return the check that no user has the demo's password, which the documentation publishes."""
    from schema.seed.demo import SALT  # only this command needs the demo

    # the salt of the demo's hashes is fixed, and part of each hash
    mark = b64encode(SALT).decode().rstrip("=")
    return RowCheck(
        name="demo organizations",
        query=f"""
            SELECT organization_id AS organization, count(*) AS users FROM logins
            WHERE strpos(password_hash, '${mark}$') > 0 GROUP BY 1 ORDER BY 1""",  # noqa: S608 (a constant)
        sound="No user has the demo's password",
        unsound="organizations have users with the demo's password, which is public",
        remedy="Serve another database, or have an administrator delete these organizations.",
    )
