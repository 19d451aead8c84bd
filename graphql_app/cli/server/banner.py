"""Message of ``workline serve`` when the server is ready."""

import asyncio

from graphql_app.cli.token import find_viewer
from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.databases import DatabaseUrls
from graphql_app.settings import Settings


def banner(settings: Settings, database: DatabaseUrls) -> str:
    """Return the message: addresses, and the log-in of the demo. It contains the placeholder ``{address}``."""
    lines = ["", "Workline is ready.", ""]
    if settings.playground:
        lines.append("    Playground   {address}/graphql")
    else:
        lines.append("    GraphQL      {address}/graphql")
    if settings.env != "production":
        lines += demo_login(database)
    return "\n".join([*lines, "    Stop with    Ctrl-C", ""])


def demo_login(database: DatabaseUrls) -> list[str]:
    """Return the line with the log-in of the demo, if the database contains the demo."""
    from schema.seed.demo import DEMO_PASSWORD, OWNER_EMAIL

    if asyncio.run(find_viewer(parse_address(database.app_url), OWNER_EMAIL)) is None:
        return []
    return [f"    Log in as    {OWNER_EMAIL}   password {DEMO_PASSWORD}"]
