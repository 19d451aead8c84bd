"""Database addresses in the forms of providers."""

import ssl
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg

from graphql_app.postgres.addresses import Address, Options, parse_address
from graphql_app.postgres.errors import AddressError


def address(
    *hosts: tuple[str, int], user: str | None = "u", password: str | None = "p", database: str = "d"
) -> Address:
    return Address(hosts, user, password, database, Options())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("postgres://u:p@db/d", address(("db", 5432))),
        ("postgresql://u:p@db:6543/d", address(("db", 6543))),
        ("postgresql+asyncpg://u:p@db/d", address(("db", 5432))),
        ("PostgreSQL://u:p@db/d", address(("db", 5432))),
        (" postgres://u:p@db/d\n", address(("db", 5432))),
        ("postgres://u@db/d", address(("db", 5432), password=None)),
        ("postgres://u:p%40%2F%25@db/d", address(("db", 5432), password="p@/%")),
        ("postgres://u:p@ss#w?rd@db/d", address(("db", 5432), password="p@ss#w?rd")),
        ("postgres://u:a+b@db/d", address(("db", 5432), password="a+b")),
        ("postgres://a%20b:p@db/d%C3%A9", address(("db", 5432), user="a b", database="dé")),
        ("postgres://u:p@[::1]:99/d", address(("::1", 99))),
        ("postgres://u:p@[2001:db8::1]/d", address(("2001:db8::1", 5432))),
        ("postgres://u:p@h1:1,h2,h3:3/d", address(("h1", 1), ("h2", 5432), ("h3", 3))),
        ("postgres://u:p@/d?host=/run/postgresql", address(("/run/postgresql", 5432))),
        ("postgres://u:p@/d?host=/with%20space&port=6000", address(("/with space", 6000))),
        ("postgres://u:p@%2Frun%2Fpostgresql/d", address(("/run/postgresql", 5432))),
        ("postgres://u:p@/d?host=h1,h2&port=1,2", address(("h1", 1), ("h2", 2))),
        ("postgres://u:p@/d?host=h1,h2&port=7", address(("h1", 7), ("h2", 7))),
        ("postgres:///d", address(("localhost", 5432), user=None, password=None)),
        ("postgres:///?dbname=d&user=u&password=p", address(("localhost", 5432))),
    ],
)
def test_an_address_is_parsed(text: str, expected: Address) -> None:
    assert parse_address(text) == expected


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("mysql://u:hush@db/d", "has the form"),
        ("db.example.com", "has the form"),
        ("", "has the form"),
        ("postgres://u:hush@db:port/d", "'port'"),
        ("postgres://u:hush@db:70000/d", "'70000'"),
        ("postgres://u:hush@h1,h2/d?port=1,2,3", "2 hosts but 3 ports"),
        ("postgres://u:hush@db/d?sslmod=require", "sslmod"),
        ("postgres://u:hush@db/d?sslmode=full", "'full'"),
        ("postgres://u:hush@db/d?connect_timeout=soon", "'soon'"),
        ("postgres://u:hush@db/d?pgbouncer=maybe", "'maybe'"),
        ("postgres://u:hush@db/d?target_session_attrs=writer", "'writer'"),
        ("postgres://u:hush@db/d?sslmode", "'sslmode'"),
        ("postgres://u:hush%FF@db/d", "percent-encoding"),
    ],
)
def test_an_invalid_address_is_reported_without_its_password(text: str, complaint: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    assert complaint in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("", {}),
        ("sslmode=disable", {"ssl": False}),
        ("sslmode=prefer", {"ssl": "prefer"}),
        ("sslmode=require", {"ssl": "require"}),
        ("ssl=true", {"ssl": "require"}),
        ("sslmode=require&channel_binding=require", {"ssl": "require"}),
        ("connect_timeout=7", {"timeout": 7.0}),
        ("application_name=x", {"server_settings": {"application_name": "x"}}),
        ("options=-c%20statement_timeout%3D5s", {"server_settings": {"options": "-c statement_timeout=5s"}}),
        ("options=endpoint%3Dblue", {"server_settings": {"options": "endpoint=blue"}}),
        ("target_session_attrs=read-write", {"target_session_attrs": "read-write"}),
        ("pgbouncer=true", {"statement_cache_size": 0, "prepared_statement_cache_size": 0}),
        ("pgbouncer=true&connection_limit=1", {"statement_cache_size": 0, "prepared_statement_cache_size": 0}),
    ],
)
def test_parameters_become_arguments_of_the_driver(query: str, arguments: dict[str, object]) -> None:
    assert parse_address(f"postgres://u:p@db/d?{query}").connect_args == arguments


@pytest.mark.parametrize(
    ("query", "mode", "checks_name"),
    [
        ("sslmode=verify-full", ssl.CERT_REQUIRED, True),
        ("sslmode=verify-ca", ssl.CERT_REQUIRED, False),
        ("sslrootcert=system", ssl.CERT_REQUIRED, True),
        ("sslmode=require&sslrootcert=system", ssl.CERT_REQUIRED, True),
    ],
)
def test_verify_full_and_verify_ca_check_certificates(query: str, mode: ssl.VerifyMode, checks_name: bool) -> None:
    context = parse_address(f"postgres://u:p@db/d?{query}").connect_args["ssl"]
    assert (context.verify_mode, context.check_hostname) == (mode, checks_name)


def test_unreadable_certificates_are_named_on_connecting(tmp_path: Path) -> None:
    parsed = parse_address(f"postgres://u:p@db/d?sslmode=verify-full&sslrootcert={tmp_path}/none.crt")
    with pytest.raises(AddressError, match="certificates"):
        _ = parsed.connect_args


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("postgres://u:p@db:1/d", "db", 1),
        ("postgres://u:p@h1:1,h2:2/d", ["h1", "h2"], [1, 2]),
        ("postgres://u:p@/d?host=/a%20b", "/a b", 5432),
    ],
)
def test_sqlalchemy_passes_the_address_to_the_driver(text: str, host: object, port: object) -> None:
    dialect = PGDialect_asyncpg()
    _, arguments = dialect.create_connect_args(parse_address(text).url)
    assert arguments == {"host": host, "port": port, "user": "u", "password": "p", "database": "d"}


@given(user=st.text(min_size=1), password=st.text(min_size=1), database=st.text(min_size=1))
def test_any_name_and_password_survives_encoding(user: str, password: str, database: str) -> None:
    parts = [quote(part, safe="", errors="surrogatepass") for part in (user, password, database)]
    parsed = parse_address("postgres://{}:{}@db/{}".format(*parts))
    assert (parsed.user, parsed.password, parsed.database) == (user, password, database)


def test_a_password_is_hidden_in_representations() -> None:
    parsed = parse_address("postgres://u:hush@db/d")
    assert "hush" not in f"{parsed!r} {parsed.shown} {parsed.url!r} {parsed.url}"
