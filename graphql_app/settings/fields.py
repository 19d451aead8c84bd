"""Fields of the settings, with their defaults and validation."""

import math
from collections import Counter
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

SHORTEST = 32
FEWEST_BITS = 96
TELLTALES = (
    "changeme",
    "change-me",
    "change_me",
    "secret-key",
    "secret_key",
    "your-",
    "example",
    "insecure",
    "workline",
)
WELL_KNOWN = {
    "1234", "12345", "123456", "12345678", "admin", "changeme", "example", "letmein", "mysecretpassword", "pass",
    "password", "postgres", "postgresql", "root", "secret", "test", "workline",
}  # fmt: skip
Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


def weakness(secret: str) -> str | None:
    """Return the reason why ``secret`` must not sign tokens, as a predicate after its name, or None."""
    if not secret:
        return "is missing"
    if len(secret) < SHORTEST:
        return f"is too short: {len(secret)} characters, at least {SHORTEST} are needed"
    if any(word in secret.lower() for word in TELLTALES):
        return "is an example that others know"
    if is_periodic(secret) or bits(secret) < FEWEST_BITS:
        return "is too easy to guess: it repeats itself"
    return None


def weakness_of_address(address: str) -> str | None:
    """Return the reason why the password in a database address must not be used, or None."""
    try:
        password = unquote(urlsplit(address).password or "")
    except ValueError:
        return "is not an address"
    return "has a password that everybody tries first" if password.lower() in WELL_KNOWN else None


def bits(secret: str) -> float:
    """Return the bits of the secret, if each character were drawn from its characters with their frequencies."""
    shares = [count / len(secret) for count in Counter(secret).values()]
    return -len(secret) * sum(share * math.log2(share) for share in shares)


def is_periodic(secret: str) -> bool:
    """Return True if the secret is a shorter text, repeated."""
    return (secret + secret).find(secret, 1) < len(secret)


def outside_production(data: dict[str, Any]) -> bool:
    """Return the default of settings that a public server should not enable."""
    return data.get("env") != "production"


def refuse(problem: str | None) -> None:
    """Raise ``problem`` as a ValueError, if there is one."""
    if problem is not None:
        raise ValueError(problem)


class Settings(BaseSettings):
    """All settings. Times are in seconds.

    The variable is the field's name with the prefix ``WORKLINE_``. The three database addresses have no prefix.
    """

    model_config = SettingsConfigDict(
        env_prefix="WORKLINE_",
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
        populate_by_name=True,
    )

    env: Literal["development", "test", "production"] = Field(
        "development", description="Where it runs. `production` insists on a database and on a strong secret key."
    )
    debug: bool = Field(
        False,
        description="Tell in each response how it was answered: plans, statements, times. Shows SQL to every client.",
    )
    plan: bool = Field(True, description="Answer by plans what can be planned. The answers are the same without.")
    data_dir: Path = Field(
        Path(".workline"), description="Holds the embedded database and the generated development key."
    )

    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        repr=False,
        description="The database to serve from, as a role that owns nothing. Without it an embedded one is started.",
    )
    database_owner_url: str | None = Field(
        None,
        validation_alias="DATABASE_OWNER_URL",
        repr=False,
        description="The same database as its owner: for migrations.",
    )
    database_direct_url: str | None = Field(
        None,
        validation_alias="DATABASE_DIRECT_URL",
        repr=False,
        description="The same database past a pooler: for LISTEN.",
    )

    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Signs tokens: 32 characters or more, random. In development it is made once and kept.",
    )
    token_ttl: Seconds = Field(12 * 3600, description="How long a token is good for.")
    token_issuer: str = Field("workline", min_length=1, description="The `iss` of tokens, written and checked.")
    hash_threads: Count = Field(2, description="How many passwords are hashed at once; each takes a core and 64 MB.")

    login_failures_max: Count = Field(
        10, description="Failed log-ins of one account from one address, per WORKLINE_LOGIN_FAILURE_WINDOW."
    )
    login_failures_per_address_max: Count = Field(
        50, description="The same from one address, of all accounts. IPv6 addresses are counted by their /64 network."
    )
    login_failures_per_account_max: Count = Field(
        50, description="The same of one account, from all addresses that have not logged in to it before."
    )
    login_failure_window: Seconds = Field(
        900, description="How long it takes until as many failed log-ins as a limit allows are forgotten, one by one."
    )
    login_known_address_ttl: Seconds = Field(
        90 * 24 * 3600, description="How long an address that has logged in to an account counts as known to it."
    )

    pool_size: Count = Field(10, description="Connections that each process keeps open to the database.")
    pool_overflow: int = Field(0, ge=0, description="Connections beyond that, for peaks.")
    pool_timeout: Seconds = Field(3, description="How long a request waits for a connection.")
    pool_recycle: Seconds = Field(1800, description="The age at which a connection is replaced.")
    pool_pre_ping_after: float = Field(30, ge=0, description="A connection idle for longer is tested before use.")

    connect_timeout: Seconds = Field(5, description="How long opening a connection may take.")
    command_timeout: Seconds = Field(12, description="How long the driver waits for a statement.")
    statement_timeout: Seconds = Field(10, description="How long PostgreSQL works on a statement.")
    lock_timeout: Seconds = Field(3, description="How long PostgreSQL waits for a lock.")
    idle_in_transaction_timeout: Seconds = Field(15, description="How long a transaction may do nothing.")
    transaction_timeout: Seconds = Field(30, description="How long a transaction may take (PostgreSQL 17 and newer).")
    operation_timeout: Seconds = Field(20, description="How long a GraphQL operation may take.")

    sweep_period: float = Field(
        60,
        ge=0,
        description="Finish payments that have been unfinished for so long, and look for them as often. 0 is never.",
    )

    page_size_default: Count = Field(25, description="Rows of a page that is asked for without `first` and `last`.")
    page_size_max: Count = Field(100, description="The most rows of a page.")
    filter_depth_max: Count = Field(5, description="How deep a filter may be nested.")
    filter_list_max: Count = Field(200, description="How many values or conditions a list in a filter may have.")
    bulk_rows_max: Count = Field(1_000, description="The most rows of a mutation that writes many.")
    idempotency_ttl: Seconds = Field(24 * 3600, description="How long a call's idempotency key is remembered.")
    max_body_bytes: Count = Field(1_000_000, description="The longest request.")
    request_timeout: Seconds = Field(30, description="How long the head and the body of a request may each take.")
    send_timeout: Seconds = Field(
        20, description="A client that takes nothing of what is sent to it for so long is disconnected."
    )
    socket_operations: Count = Field(4, description="Operations of one WebSocket that run at once; others wait.")
    socket_buffer_bytes: Count = Field(
        1_000_000,
        description="Bytes waiting to be sent on one WebSocket, or to be run, at which no more operations are begun.",
    )
    max_document_tokens: Count = Field(5_000, description="The longest GraphQL document, in tokens.")
    max_objects: Count = Field(100_000, description="The most objects that a GraphQL operation can produce.")
    max_lists: Count = Field(50, description="The most lists in a GraphQL operation, aliases and fragments counted.")
    max_response_bytes: Count = Field(20_000_000, description="The longest response.")
    document_cache: Count = Field(
        500, description="Documents that each process keeps, and as many without their literals."
    )
    document_cache_bytes: Count = Field(64_000_000, description="About the most memory that they take together.")
    statement_cache: Count = Field(2_000, description="Compiled statements that each process keeps, by their shape.")
    statement_cache_bytes: Count = Field(64_000_000, description="About the most memory that they take together.")

    cors_origins: Annotated[list[str], NoDecode] = Field(
        [], description="Web origins that may call from a browser, separated by commas; `*` is all of them."
    )
    introspection: bool = Field(
        default_factory=outside_production, description="Answer questions about the schema. Off in production."
    )
    playground: bool = Field(default_factory=outside_production, description="Serve GraphiQL. Off in production.")

    log_format: Literal["console", "json"] = Field(
        default_factory=lambda data: "console" if outside_production(data) else "json",
        description="`console` to be read by people, `json` (production) by machines.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="What is worth a line.")

    host: str = Field("127.0.0.1", description="The address to listen on; 0.0.0.0 is every one.")
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        [],
        description="Addresses and networks of the proxies in front, separated by commas. "
        "X-Forwarded-For is read only where it comes from one of them.",
    )
    port: int = Field(8000, ge=0, le=65_535, description="The port to listen on; 0 takes a free one.")
    processes: Count = Field(1, description="Server processes. Each has its own pool.")
    drain_delay: float = Field(
        default_factory=lambda data: 0 if outside_production(data) else 5,
        ge=0,
        description="How long a server that has to stop still accepts requests, while `/health/ready` answers 503. "
        "5 in production, else 0.",
    )
    shutdown_timeout: Count = Field(10, description="How long running requests may go on after a stop is asked for.")

    @field_validator("env", "log_format", "log_level", mode="before")
    @classmethod
    def _lower_case(cls, value: Any) -> Any:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("cors_origins", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return [part for part in (piece.strip(" \t[]\"'").rstrip("/") for piece in value.split(",")) if part]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        try:
            return [str(ip_network(each)) for each in value]
        except ValueError as error:
            raise ValueError(f"has to be IP addresses or networks: {error}") from None

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("secret_key")
    @classmethod
    def _strong_in_production(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        if not outside_production(info.data):
            refuse(weakness(value.get_secret_value()))
        return value

    @field_validator("database_url", "database_owner_url", "database_direct_url")
    @classmethod
    def _safe_in_production(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not outside_production(info.data):
            if value is None and info.field_name == "database_url":
                refuse("is missing: the embedded database is not for production")
            refuse(weakness_of_address(value or ""))
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.page_size_default > self.page_size_max:
            raise ValueError("WORKLINE_PAGE_SIZE_DEFAULT is more than WORKLINE_PAGE_SIZE_MAX")
        if self.login_failures_per_account_max <= self.login_failures_max:
            # otherwise one address could use up the attempts of all others at an account
            raise ValueError("WORKLINE_LOGIN_FAILURES_PER_ACCOUNT_MAX has to be more than WORKLINE_LOGIN_FAILURES_MAX")
        if self.database_url is None and (self.database_owner_url or self.database_direct_url):
            raise ValueError("DATABASE_OWNER_URL and DATABASE_DIRECT_URL need DATABASE_URL")
        return self
