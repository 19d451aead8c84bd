"""Fields of the settings, with their defaults and validation."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import NoDecode

from graphql_app.settings.identity import Count, Seconds
from graphql_app.settings.issuers import issuer_problem
from graphql_app.settings.limits import LimitSettings
from graphql_app.settings.weak_secrets import weakness, weakness_of_address


def outside_production(data: Mapping[str, object]) -> bool:
    """Return the default of settings that a public server should not enable."""
    return data.get("env") != "production"


def refuse(problem: str | None) -> None:
    """Raise ``problem`` as a ValueError, if there is one."""
    if problem is not None:
        raise ValueError(problem)


class Settings(LimitSettings):
    """All settings. Times are in seconds.

    The variable is the field's name with the prefix ``WORKLINE_``, unless the field has an alias.
    """

    env: Literal["development", "test", "production"] = Field(
        "development", description="Environment. `production` requires a database and a strong secret key."
    )
    debug: bool = Field(
        False,
        description="Add plans, statements and times to each response. Shows SQL to all clients.",
    )
    inspector: bool = Field(
        default_factory=outside_production,
        description="Add plans, statements and times to responses on request, as the playground does. Shows SQL to all "
        "clients, and PostgreSQL's plans to owners. Off in production.",
    )
    plan: bool = Field(
        True, description="Execute operations by query plans where possible. Responses do not depend on it."
    )
    data_dir: Path = Field(
        Path(".workline"), description="Directory of the embedded database and of the generated development key."
    )

    database_url: str | None = Field(
        None,
        validation_alias="DATABASE_URL",
        repr=False,
        description="Address of the database, with a least-privilege role. If unset, an embedded database is used.",
    )
    database_owner_url: str | None = Field(
        None,
        validation_alias="DATABASE_OWNER_URL",
        repr=False,
        description="Address of the same database with the owner's role, for migrations.",
    )
    database_direct_url: str | None = Field(
        None,
        validation_alias="DATABASE_DIRECT_URL",
        repr=False,
        description="Address of the same database without a pooler, which `workline doctor` compares.",
    )

    secret_key: SecretStr = Field(
        SecretStr(""),
        description="Key that signs tokens: at least 32 random characters. Generated and kept in development.",
    )
    previous_secret_keys: Annotated[list[SecretStr], NoDecode] = Field(
        [],
        description="Earlier values of WORKLINE_SECRET_KEY, separated by commas, whose tokens are still accepted. "
        "Remove one when its last token has expired.",
    )

    sign_up: bool = Field(
        default_factory=outside_production,
        description="Allow `signUp`, which creates an organization without a login. Off in production.",
    )

    database_names: Literal["off", "traced", "all"] = Field(
        "traced",
        description="Operations that PostgreSQL's `application_name` names, `traced` by OpenTelemetry or `all`.",
    )
    pool_size: Count = Field(10, description="Database connections that each process keeps open.")
    pool_overflow: int = Field(0, ge=0, description="Additional connections per process, for peaks.")
    pool_timeout: Seconds = Field(3, description="Maximum wait for a connection.")
    pool_recycle: Seconds = Field(1800, description="Age at which a connection is replaced.")
    pool_pre_ping_after: float = Field(30, ge=0, description="Idle time after which a connection is tested before use.")

    connect_timeout: Seconds = Field(5, description="Maximum time to open a connection.")
    command_timeout: Seconds = Field(12, description="Maximum time that the driver waits for a statement.")
    statement_timeout: Seconds = Field(10, description="Maximum time that PostgreSQL spends on a statement.")
    lock_timeout: Seconds = Field(3, description="Maximum time that PostgreSQL waits for a lock.")
    idle_in_transaction_timeout: Seconds = Field(15, description="Maximum idle time within a transaction.")
    transaction_timeout: Seconds = Field(30, description="Maximum duration of a transaction (PostgreSQL 17 and newer).")
    operation_timeout: Seconds = Field(20, description="Maximum duration of a GraphQL operation.")

    sweep_period: float = Field(
        60,
        ge=0,
        description="Interval of completing payments that have been pending for as long. 0 turns it off.",
    )

    jobs: Literal["server", "separate"] = Field(
        "server",
        description="`server`: servers run background jobs and schedules. `separate`: only `workline jobs` does.",
    )
    job_concurrency: Count = Field(2, description="Background jobs that each process runs at a time.")
    job_lease: float = Field(
        30,
        ge=1,
        description="Maximum duration of a step of a job. A job whose process has ended continues after this time.",
    )
    job_retention: Seconds = Field(30 * 86_400, description="Time for which ended jobs are kept.")

    document_cache: Count = Field(500, description="Documents cached per process, and as many without their literals.")
    document_cache_bytes: Count = Field(64_000_000, description="Approximate memory limit of this cache.")
    statement_cache: Count = Field(2_000, description="Compiled statements cached per process.")
    statement_cache_bytes: Count = Field(64_000_000, description="Approximate memory limit of this cache.")

    http_status: Literal["2025", "2026"] = Field(
        "2025",
        description="GraphQL over HTTP edition for statuses. 2026: 422 for invalid operations, 294 for partial data.",
    )
    compression_threshold: int = Field(
        2_000, ge=0, description="Minimum size of a response to compress (br, zstd, gzip). 0 turns compression off."
    )
    batch_operations: int = Field(
        10, ge=0, description="Maximum number of operations in a batch (a JSON array). 0 turns batches off."
    )
    persisted_documents: Literal["off", "automatic", "trusted"] = Field(
        "automatic",
        description="Documents by id or hash: `off`, `automatic` (clients may register any document), or `trusted` "
        "(only documents of manifests are executed).",
    )
    trusted_documents: Annotated[list[Path], NoDecode] = Field(
        [],
        description="Manifests of trusted documents, separated by commas: files or directories, by Apollo, Relay or "
        "graphql-codegen. Those of `workline documents push` are trusted as well.",
    )
    automatic_documents: Count = Field(
        1_000,
        description="Automatic and pushed documents cached per process, for clients with and without a token each.",
    )
    automatic_documents_bytes: Count = Field(8_000_000, description="Approximate memory limit of these documents.")

    cors_origins: Annotated[list[str], NoDecode] = Field(
        [],
        description="Web origins that may call from a browser, separated by commas. `*` allows all. In development, "
        "localhost is always allowed.",
    )
    cors_headers: Annotated[list[str], NoDecode] = Field(
        [
            "apollo-require-preflight",
            "apollographql-client-name",
            "apollographql-client-version",
            "authorization",
            "baggage",
            "content-type",
            "graphql-cost",
            "graphql-require-preflight",
            "idempotency-key",
            "if-none-match",
            "sentry-trace",
            "traceparent",
            "tracestate",
            "x-apollo-operation-id",
            "x-apollo-operation-name",
            "x-apollo-operation-type",
            "x-request-id",
        ],
        description="Headers that such a page may send, separated by commas.",
    )
    introspection: bool = Field(
        default_factory=outside_production, description="Allow introspection of the schema. Off in production."
    )
    suggestions: bool = Field(
        default_factory=outside_production,
        description="Suggest similar names in the errors of invalid documents, if introspection is allowed. Off in "
        "production.",
    )
    federation: bool = Field(
        False,
        description="Serve the API as a subgraph of Apollo Federation 2: `_entities`, and `_service` unless "
        "introspection is off.",
    )
    playground: bool = Field(
        default_factory=outside_production, description="Serve the GraphiQL playground. Off in production."
    )

    log_format: Literal["console", "json"] = Field(
        default_factory=lambda data: "console" if outside_production(data) else "json",
        description="Log format: `console` for people, `json` (in production) for machines.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Lowest level of log entries that are written."
    )

    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="Bearer token that `/metrics` requires: at least 32 random characters. Without it, `/metrics` is "
        "public in development, and off in production.",
    )
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65_535,
        description="Port on which the metrics are served without a token, on the same host. 0 chooses a free one.",
    )

    host: str = Field("127.0.0.1", description="Address to listen on. 0.0.0.0 means all interfaces.")
    trusted_proxies: Annotated[list[str], NoDecode] = Field(
        [],
        description="Addresses and networks of trusted reverse proxies, separated by commas. "
        "X-Forwarded-For is read only from them.",
    )
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on. 0 chooses a free one.")
    processes: Count = Field(1, description="Number of server processes. Each has its own connection pool.")
    drain_delay: float = Field(
        default_factory=lambda data: 0 if outside_production(data) else 5,
        ge=0,
        description="Time for which a stopping server still accepts requests, while `/health/ready` returns 503. "
        "Default: 5 in production, otherwise 0.",
    )
    shutdown_timeout: Count = Field(10, description="Time for running requests to finish when the server stops.")

    @field_validator("env", "log_format", "log_level", mode="before")
    @classmethod
    def _lower_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator(
        "cors_origins", "cors_headers", "trusted_documents", "trusted_proxies", "previous_secret_keys", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return [part for part in (piece.strip(" \t[]\"'").rstrip("/") for piece in value.split(",")) if part]

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: list[str]) -> list[str]:
        try:
            return [str(ip_network(each)) for each in value]
        except ValueError as error:
            raise ValueError(f"must be IP addresses or networks: {error}") from None

    @field_validator("cors_headers")
    @classmethod
    def _header_names(cls, value: list[str]) -> list[str]:
        return [each.lower() for each in value]

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

    @field_validator("metrics_token")
    @classmethod
    def _none_or_strong_in_production(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        return cls._strong_in_production(value, info) if value.get_secret_value() else value

    @field_validator("previous_secret_keys")
    @classmethod
    def _all_strong_in_production(cls, value: list[SecretStr], info: ValidationInfo) -> list[SecretStr]:
        for each in value:
            cls._strong_in_production(each, info)
        return value

    @field_validator("database_url", "database_owner_url", "database_direct_url")
    @classmethod
    def _safe_in_production(cls, value: str | None, info: ValidationInfo) -> str | None:
        if not outside_production(info.data):
            if value is None and info.field_name == "database_url":
                refuse("is required in production")
            refuse(weakness_of_address(value or ""))
        return value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.database_url is None and (self.database_owner_url or self.database_direct_url):
            raise ValueError("DATABASE_OWNER_URL and DATABASE_DIRECT_URL require DATABASE_URL")
        refuse(issuer_problem(self.issuers, self.token_issuer, is_production=self.env == "production"))
        return self
