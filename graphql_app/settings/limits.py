"""Settings that limit requests: their size, their cost and their documents."""

from typing import Self

from pydantic import Field, model_validator

from graphql_app.settings.identity import Count, IdentitySettings, Seconds


class LimitSettings(IdentitySettings):
    """Limits of requests."""

    page_size_default: Count = Field(25, description="Rows of a page without `first` and `last`.")
    page_size_max: Count = Field(100, description="Maximum number of rows of a page.")
    filter_depth_max: Count = Field(5, description="Maximum nesting of a filter.")
    filter_list_max: Count = Field(200, description="Maximum number of values or conditions in a list of a filter.")
    bulk_rows_max: Count = Field(1_000, description="Maximum number of rows of a bulk mutation.")
    idempotency_ttl: Seconds = Field(24 * 3600, description="Time for which an idempotency key is kept.")
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
    max_streams: Count = Field(1_000, description="Maximum number of subscriptions over HTTP per process.")
    max_document_tokens: Count = Field(5_000, description="Maximum number of tokens of a GraphQL document.")
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

    @model_validator(mode="after")
    def _consistent_limits(self) -> Self:
        if self.page_size_default > self.page_size_max:
            raise ValueError("WORKLINE_PAGE_SIZE_DEFAULT must be at most WORKLINE_PAGE_SIZE_MAX")
        return self
