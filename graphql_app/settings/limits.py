"""Settings that limit requests: their size, their cost and their documents."""

import re
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import NoDecode

from graphql_app.settings.identity import Count, IdentitySettings, Seconds

RATE_LIMIT = re.compile(r"(\w+)=(\d+)(?::(\d+(?:\.\d+)?))?", re.ASCII)


class LimitSettings(IdentitySettings):
    """Limits of requests."""

    page_size_default: Count = Field(25, description="Rows of a page without `first` and `last`.")
    page_size_max: Count = Field(100, description="Maximum number of rows of a page.")
    entities_max: Count = Field(1_000, description="Maximum number of entities that a gateway requests at once.")
    filter_depth_max: Count = Field(5, description="Maximum nesting of a filter.")
    filter_list_max: Count = Field(200, description="Maximum number of values or conditions in a list of a filter.")
    filter_conditions_max: Count = Field(1_000, description="Maximum number of conditions of a filter.")
    order_keys_max: Count = Field(8, description="Maximum number of keys in `orderBy`.")
    bulk_rows_max: Count = Field(1_000, description="Maximum number of rows of a bulk mutation.")
    idempotency_ttl: Seconds = Field(24 * 3600, description="Time for which an idempotency key is kept.")
    events_retention: Seconds = Field(
        7 * 24 * 3600, description="Time for which a reader of events may continue after a cursor."
    )
    audit_retention: Seconds = Field(
        400 * 24 * 3600,
        description="Time for which events are kept for the history of records and the audit log. Whole months are "
        "deleted.",
    )
    max_body_bytes: Count = Field(1_000_000, description="Maximum size of a request.")
    request_timeout: Seconds = Field(30, description="Maximum time to receive the headers of a request, and its body.")
    send_timeout: Seconds = Field(
        20, description="Time after which a client that does not read its response is disconnected."
    )
    socket_operations: Count = Field(
        4,
        description="Maximum number of concurrent operations per WebSocket or batch. Further ones wait.",
    )
    socket_buffer_bytes: Count = Field(
        1_000_000,
        description="Pending bytes (to be executed or sent) per WebSocket above which no further operation starts.",
    )
    max_socket_operations: Count = Field(
        100, description="Maximum number of operations and subscriptions that run or wait on one WebSocket."
    )
    socket_messages: Count = Field(
        100, description="Messages per second that a client may send over a WebSocket; ten times as many at once."
    )
    max_sockets_per_viewer: Count = Field(100, description="Maximum number of WebSockets of a viewer per process.")
    max_sockets_per_address: Count = Field(
        1_000, description="Maximum number of WebSockets from a client address per process."
    )
    max_streams: Count = Field(1_000, description="Maximum number of subscriptions over HTTP per process.")
    max_document_characters: Count = Field(100_000, description="Maximum length of a GraphQL document.")
    max_document_tokens: Count = Field(5_000, description="Maximum number of tokens of a GraphQL document.")
    max_depth: Count = Field(25, description="Maximum nesting of the fields of an operation, through fragments.")
    max_aliases: Count = Field(100, description="Maximum number of aliases of a document.")
    max_root_fields: Count = Field(50, description="Maximum number of fields at the root of an operation.")
    max_directives: Count = Field(100, description="Maximum number of directives of a document.")
    max_fragments: Count = Field(100, description="Maximum number of fragments of a document.")
    max_operations: Count = Field(50, description="Maximum number of operations of a document.")
    max_repeated_fields: Count = Field(
        100, description="Maximum number of fields of a document that are selected again in the same selection."
    )
    max_list_values: Count = Field(5_000, description="Maximum number of values of a list in a document or variable.")
    max_variable_values: Count = Field(50_000, description="Maximum number of values in variables, at any depth.")
    max_variable_depth: Count = Field(20, description="Maximum nesting of variables.")
    max_errors: Count = Field(5, description="Number of errors that are reported of an invalid document or variables.")
    max_cost: Count = Field(
        100_000, description="Maximum cost of a GraphQL operation, by `@cost` and `@listSize` of the schema."
    )
    report_cost: bool = Field(
        False,
        description="Describe the cost in `extensions.cost` of every response. Otherwise only if the request has the "
        "header `GraphQL-Cost: report`, or `cost: true` in its `extensions`.",
    )
    max_lists: Count = Field(
        50, description="Maximum number of lists in a GraphQL operation, including aliases and fragments."
    )
    max_response_bytes: Count = Field(20_000_000, description="Maximum size of a response, and of those of a batch.")

    overload_interval: float = Field(
        0.5,
        ge=0,
        description="Interval at which a server whose connections are all in use compares the waiting operations with "
        "those that it has executed. 0 turns load shedding off.",
    )
    overload_wait: Seconds = Field(
        1,
        description="Time in which all of them should be executed. If they are too many, the newest is executed first, "
        "and operations that have waited for as long are refused.",
    )

    rate_limit: int = Field(
        2_000_000,
        ge=0,
        description="Cost that each viewer may use at once; without a token, each client address. 0 turns the limit "
        "off.",
    )
    rate_limit_restore: Seconds = Field(100_000, description="Cost that is restored to each of them per second.")
    rate_limits: Annotated[list[str], NoDecode] = Field(
        [],
        description="Other limits by role, for API keys (KEY) or without a token (ANONYMOUS), separated by commas: "
        "`MEMBER=500000:20000` is the cost at once and per second, `OWNER=0` no limit.",
    )

    @field_validator("rate_limits", mode="before")
    @classmethod
    def _split_limits(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @property
    def named_rate_limits(self) -> dict[str, tuple[int, float]]:
        """Maximum and restored cost by role, KEY or ANONYMOUS. Raises ValueError."""
        found = {}
        for each in self.rate_limits:
            match = RATE_LIMIT.fullmatch(each)
            if match is None or (int(match[2]) and not float(match[3] or self.rate_limit_restore)):
                raise ValueError(
                    f"WORKLINE_RATE_LIMITS contains {each}: write NAME=MAXIMUM:RESTORED, such as KEY=500:20"
                )
            found[match[1]] = (int(match[2]), float(match[3] or self.rate_limit_restore))
        return found

    @model_validator(mode="after")
    def _consistent_limits(self) -> Self:
        maximums = [self.rate_limit, *(maximum for maximum, _ in self.named_rate_limits.values())]
        if any(0 < each < self.max_cost for each in maximums):
            raise ValueError("WORKLINE_RATE_LIMIT and WORKLINE_RATE_LIMITS must be at least WORKLINE_MAX_COST, or 0")
        if self.page_size_default > self.page_size_max:
            raise ValueError("WORKLINE_PAGE_SIZE_DEFAULT must be at most WORKLINE_PAGE_SIZE_MAX")
        return self
