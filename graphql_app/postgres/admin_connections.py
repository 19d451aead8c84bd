"""Single connections for operating a database, and the errors of connecting. Serving uses the pool."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from graphql_app.postgres.addresses import Address, DriverArguments
from graphql_app.postgres.errors import AccessDenied, Unreachable

type DriverConnection = "asyncpg.Connection[asyncpg.Record]"

PATIENCE = 5.0
"""Seconds that connecting may take, unless the address sets another limit."""
HBA = "ClientAuthentication"
"""PostgreSQL's function that reports rejections by pg_hba.conf. Other rejections have the same SQLSTATE."""
PASSWORD = " the password", "Correct the password in its address, or set it: ALTER ROLE ... PASSWORD."
POOLER_REFUSAL = "authentication failed"
"""Text of PgBouncer in every language; its errors share one SQLSTATE."""
NAME_MISMATCHES, EXPIRED = {62, 64}, 10
"""OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH and X509_V_ERR_CERT_HAS_EXPIRED."""


async def connect(address: Address, **options: object) -> DriverConnection:
    """Return an open connection, which the caller closes. Raises Unreachable, without the password in its text."""
    hosts, ports = (list(parts) for parts in zip(*address.hosts, strict=True))
    arguments: DriverArguments = {"timeout": PATIENCE, **address.driver_args, **options}
    with explained(address):
        return await asyncpg.connect(
            host=hosts, port=ports, user=address.user, password=address.password, database=address.database, **arguments
        )
    raise AssertionError


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Translate errors of the connecting driver to Unreachable or AccessDenied."""
    try:
        yield
    except ssl.SSLError as error:
        raise distrusted(address, error) from error
    except (OSError, TimeoutError) as error:
        raise unanswered(address, error) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise refused(address, error) from error


def distrusted(address: Address, error: ssl.SSLError) -> AccessDenied:
    """Return the error of a TLS connection that failed."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        problem = f"The TLS connection to the database at {address.shown} failed: {reason(error)}."
        return AccessDenied(problem, "Correct sslmode, sslcert and sslkey in its address, or the TLS of the server.")
    problem = f"The certificate of the database at {address.shown} is not trusted: {error.verify_message.rstrip('.')}."
    if error.verify_code in NAME_MISMATCHES:
        return AccessDenied(problem, "Use the host name of the certificate in the address.")
    if error.verify_code == EXPIRED:
        return AccessDenied(problem, "Renew the certificate of the database server.")
    remedy = "Set sslrootcert in its address to the file with the certificate of the authority that signed it."
    return AccessDenied(problem, remedy)


def unanswered(address: Address, error: OSError) -> Unreachable:
    """Return the error of a server that cannot be reached."""
    if type(error) is ConnectionError:  # raised by the driver: the server answers and offers no TLS
        problem = f"The database at {address.shown} offers no TLS, which sslmode in its address requires."
        return AccessDenied(problem, "Turn TLS on at the server, or set sslmode=disable in a private network.")
    problem = f"No database answers at {address.shown}: {reason(error)}."
    if isinstance(error, socket.gaierror):
        return Unreachable(problem, "Correct the host in its address.")
    return Unreachable(problem, "Start PostgreSQL, or correct the host and port in its address.")


def refused(address: Address, error: asyncpg.PostgresError | asyncpg.InterfaceError) -> Unreachable:
    """Return the error of a rejected connection, by SQLSTATE. The text of the server may be in any language."""
    kind: type[Unreachable] = AccessDenied
    what, remedy = "", "Correct its address, or the settings of the server."
    match error:
        case asyncpg.InvalidPasswordError():
            what, remedy = PASSWORD
        case asyncpg.ProtocolViolationError() if POOLER_REFUSAL in str(error):
            what, remedy = PASSWORD
        case asyncpg.InvalidAuthorizationSpecificationError() if error.server_source_function == HBA:
            what = " connections from here by its pg_hba.conf"
            remedy = "Add a line for this role, database and host to pg_hba.conf and reload, or set sslmode=require."
        case asyncpg.InvalidAuthorizationSpecificationError():
            what, remedy = " the role", "Correct the role in its address; workline migrate creates missing roles."
        case asyncpg.InvalidCatalogNameError():
            remedy = "Create the database, or correct its name in the address."
        case asyncpg.TooManyConnectionsError():
            kind, remedy = Unreachable, "Raise max_connections, or lower WORKLINE_PROCESSES or WORKLINE_POOL_SIZE."
        case asyncpg.PostgresConnectionError() | asyncpg.CannotConnectNowError():
            kind, what, remedy = Unreachable, " connections now", "Try again later."
    return kind(f"The database at {address.shown} refuses{what}: {reason(error)}.", remedy)


def reason(error: BaseException) -> str:
    """Return the text of an error on one line, or a description if it has none, such as a timeout."""
    text = " ".join(str(error).split()).rstrip(".")
    return text or ("timeout" if isinstance(error, TimeoutError) else type(error).__name__)
