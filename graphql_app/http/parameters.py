"""Parameters of a GraphQL request, from a body, a query string or a WebSocket frame."""

from collections.abc import Mapping
from typing import Any

from graphql_app.errors import BadRequest
from graphql_app.execution.request import GraphQLRequest


def graphql_request(parameters: object, idempotency_key: str | None = None) -> GraphQLRequest:
    """Return the request in decoded JSON. Raises :class:`BadRequest` with the part that has the wrong form."""
    if isinstance(parameters, list):
        raise BadRequest("Batches are not supported: send each operation as a request of its own.")
    if not isinstance(parameters, dict):
        raise BadRequest("A request is a JSON object with a `query`.")
    return GraphQLRequest(
        query=_query(parameters),
        variables=_object(parameters, "variables"),
        operation_name=_operation_name(parameters),
        extensions=_object(parameters, "extensions"),
        idempotency_key=idempotency_key,
    )


def has_only_hash(parameters: object) -> bool:
    """Return True if a request has the hash of a document in place of the document: an automatic persisted query."""
    if not isinstance(parameters, dict) or parameters.get("query"):
        return False
    extensions = parameters.get("extensions")
    return isinstance(extensions, dict) and isinstance(extensions.get("persistedQuery"), dict)


def _query(parameters: Mapping[str, Any]) -> str:
    query = parameters.get("query")
    if query is not None and not isinstance(query, str):
        raise BadRequest("`query` must be a string.")
    if not query or not query.strip():
        raise BadRequest("`query` is missing: it holds the GraphQL document.")
    return query


def _operation_name(parameters: Mapping[str, Any]) -> str | None:
    """Return the name, or None for an empty one, because a query string cannot express null."""
    name = parameters.get("operationName")
    if name is not None and not isinstance(name, str):
        raise BadRequest("`operationName` must be a string or null.")
    return name or None


def _object(parameters: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = parameters.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadRequest(f"`{name}` must be a JSON object or null.")
    return value
