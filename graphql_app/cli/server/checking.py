"""May this database be served from?"""

import asyncio

from graphql_app.postgres.addresses import parse_address
from graphql_app.postgres.connecting import connect
from graphql_app.postgres.databases import DatabaseUrls
from graphql_app.postgres.serving import check_servable


def check_database(database: DatabaseUrls) -> None:
    """Raise what speaks against it, before anything listens."""
    asyncio.run(check(database))


async def check(database: DatabaseUrls) -> None:
    """Ask over a connection like those that will serve."""
    connection = await connect(parse_address(database.app_url))
    try:
        await check_servable(connection)
    finally:
        await connection.close()
