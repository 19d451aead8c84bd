"""The configuration of the embedded server, written anew before each start."""

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
    # compiling a plan costs more than short statements ever win back
    "jit": "off",
    # a statement whose client has gone is stopped, even if nobody cancelled it
    "client_connection_check_interval": "1s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    "log_checkpoints": "off",
}
INCLUDE = "include_if_exists = 'workline.conf'"


def configure(home: Home, settings: Mapping[str, str]) -> None:
    """Write what the server reads: how it runs, and who may connect.

    It listens on its socket only, and the system vouches for who calls (``peer``): we, root and the server's own
    account may be any role, and nobody else can be one. So there is no password, and none to steal.
    """
    place = {"listen_addresses": "", "unix_socket_directories": f'"{home.sockets}"', "unix_socket_permissions": "0777"}
    values = {**TUNING, **settings, **place}
    write(home, "workline.conf", "".join(f"{name} = {quoted(value)}\n" for name, value in values.items()))
    write(home, "pg_hba.conf", "local all all peer map=workline\n")
    callers = dict.fromkeys((pwd.getpwuid(os.geteuid()).pw_name, home.account.name, "root"))
    write(home, "pg_ident.conf", "".join(f'workline "{caller}" all\n' for caller in callers))
    include(home)


def quoted(value: str) -> str:
    """A value as PostgreSQL's configuration files want it."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def include(home: Home) -> None:
    """Have the main file read ours; what a person wrote below that line, or with ALTER SYSTEM, still wins."""
    main = home.data / "postgresql.conf"
    text = main.read_text()
    if INCLUDE not in text:
        write(home, main.name, f"{text}\n{INCLUDE}\n")


def write(home: Home, name: str, text: str) -> None:
    """Replace a file of the server's directory, as one that its account owns."""
    path = home.data / name
    path.write_text(text)
    path.chmod(0o600)
    if home.account.borrowed:
        os.chown(path, home.account.uid, home.account.gid)
