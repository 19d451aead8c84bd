"""One plain connection for operating a database; serving has its own pool."""

import ssl
from typing import Any

import asyncpg

from graphql_app.postgres.addresses import Address
from graphql_app.postgres.errors import Unreachable

type Connection = "asyncpg.Connection[asyncpg.Record]"

PATIENCE = 5.0
"""Seconds that a connection may take, unless the address says otherwise."""


async def connect(address: Address, **options: Any) -> Connection:
    """An open connection; the caller closes it. Raises Unreachable, in words and without the password."""
    hosts, ports = (list(parts) for parts in zip(*address.hosts, strict=True))
    arguments = {"timeout": PATIENCE, **address.driver_args, **options}
    try:
        return await asyncpg.connect(
            host=hosts, port=ports, user=address.user, password=address.password, database=address.database, **arguments
        )
    except (OSError, TimeoutError, ssl.SSLError) as error:
        raise Unreachable(f"No database answers at {address.shown}: {reason(error)}.") from error
    except asyncpg.PostgresConnectionError as error:
        raise Unreachable(f"No database answers at {address.shown}: {reason(error)}.") from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreachable(f"The database at {address.shown} refuses: {reason(error)}.") from error


def reason(error: BaseException) -> str:
    """What went wrong, on one line; a timeout has no text of its own."""
    text = " ".join(str(error).split()).rstrip(".")
    return text or ("it took too long" if isinstance(error, TimeoutError) else type(error).__name__)
