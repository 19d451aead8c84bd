"""Configuration of the embedded server, rewritten before each start."""

import os
import pwd
from collections.abc import Mapping

from graphql_app.postgres.embedded.home import Home

TUNING = {
    # one small organization on a laptop, rows on an SSD
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "max_connections": "200",
    "max_wal_size": "2GB",
    # compiling a plan costs more than it saves for short statements
    "jit": "off",
    # a statement whose client has disconnected is stopped, even if it was not cancelled
    "client_connection_check_interval": "1s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}
INCLUDE = "include_if_exists = 'workline.conf'"


def configure(home: Home, settings: Mapping[str, str]) -> None:
    """Write the server's configuration and access rules.

    The server listens on its socket only, and the system authenticates the caller (``peer``): the account of this
    process, root and the server's own account may assume any role, other accounts none. So there is no password to
    steal.
    """
    place = {"listen_addresses": "", "unix_socket_directories": f'"{home.sockets}"', "unix_socket_permissions": "0777"}
    values = {**TUNING, **settings, **place}
    write(home, "workline.conf", "".join(f"{name} = {quoted(value)}\n" for name, value in values.items()))
    write(home, "pg_hba.conf", "local all all peer map=workline\n")
    callers = dict.fromkeys((pwd.getpwuid(os.geteuid()).pw_name, home.account.name, "root"))
    write(home, "pg_ident.conf", "".join(f'workline "{caller}" all\n' for caller in callers))
    include(home)


def quoted(value: str) -> str:
    """Return a value in the syntax of PostgreSQL's configuration files."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def include(home: Home) -> None:
    """Include this configuration in the main file.

    Settings below that line, or set by ALTER SYSTEM, take precedence.
    """
    main = home.data / "postgresql.conf"
    text = main.read_text()
    if INCLUDE not in text:
        write(home, main.name, f"{text}\n{INCLUDE}\n")


def write(home: Home, name: str, text: str) -> None:
    """Replace a file in the server's data directory, owned by the server's account."""
    path = home.data / name
    path.write_text(text)
    path.chmod(0o600)
    if home.account.borrowed:
        os.chown(path, home.account.uid, home.account.gid)
