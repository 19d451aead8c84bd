"""Admission of an operation, based on the document alone, before a connection is acquired for its execution."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLError, OperationDefinitionNode, OperationType

from graphql_app.authorization import READING, WRITING
from graphql_app.context import OnError
from graphql_app.database.errors import DATABASE_ERRORS
from graphql_app.errors import BadRequest, BadUserInput, Forbidden, RequestError, Unauthenticated
from graphql_app.execution.argument_paths import VariablePlaces
from graphql_app.execution.cost import Cost
from graphql_app.execution.documents import Document, DocumentCache
from graphql_app.execution.errors import client_error, document_error, not_executed
from graphql_app.execution.introspection import INTROSPECTION_FIELDS, root_fields
from graphql_app.execution.options import ExecutorOptions
from graphql_app.execution.parameterization import Literals
from graphql_app.execution.persisted import PersistedDocuments
from graphql_app.execution.rate_limits import ClientBucket
from graphql_app.execution.request import GraphQLRequest, GraphQLResponse
from graphql_app.execution.validation import InvalidDocument, check_values
from graphql_app.limits import RateBucket, RateStatus
from graphql_app.viewer import Viewer

REFUSALS = (RequestError, InvalidDocument, *DATABASE_ERRORS)
"""Errors of ``admit``. Those of the database are raised by the lookup of a stored document."""


class MutationOverGet(BadRequest):
    """Mutation in a GET request."""

    message = "A GET request can only read. Send mutations by POST."


@dataclass(slots=True)
class AdmittedOperation:
    """Operation that may be executed."""

    document: Document
    operation: OperationDefinitionNode
    cost: Cost
    literals: Literals | None = None
    """Values of the literals that are variables of a parameterized document."""
    event: object = None
    """Event of a subscription, which is the value of the operation's root."""
    on_error: OnError = "PROPAGATE"
    bucket: ClientBucket | None = None
    """ClientBucket from which the cost was taken, or None without a rate limit."""
    is_dry_run: bool = False
    """True if only the rate limit is executed."""
    most_errors: int = 100
    """Errors that are reported of invalid variables."""
    max_age: int = 0
    """Seconds for which a client may reuse the response to a GET request."""

    @property
    def rate(self) -> RateStatus | None:
        """State of the client's bucket after the cost was taken, or None without a rate limit."""
        bucket = self.bucket
        return None if bucket is None else RateStatus(self.cost.requested, bucket.limit, bucket.available_now)

    @property
    def is_query(self) -> bool:
        return self.operation.operation is OperationType.QUERY

    def located(self, errors: Sequence[GraphQLError]) -> Sequence[GraphQLError]:
        """Return errors with their locations in the text of the request, if its document was made from another text."""
        if self.literals is not None:
            for error in errors:
                if error.positions:
                    error.locations = self.literals.locations(error.positions)
        return errors


async def admit(
    request: GraphQLRequest,
    documents: DocumentCache,
    persisted: PersistedDocuments,
    viewer: Viewer | None,
    public: frozenset[str],
    options: ExecutorOptions,
    *,
    read_only: bool,
) -> AdmittedOperation:
    """Return the requested operation. Raises RequestError or InvalidDocument if it must not be executed."""
    is_plain = request.document_id is None and persisted.mode != "trusted"
    text = request.query if is_plain else await persisted.text(request, is_anonymous=viewer is None)
    document, literals = await documents.read(text)
    operation = document.operation(request.operation_name)
    try:
        check_values(request.variables, options.bounds)
    except BadUserInput as error:
        VariablePlaces(operation, document.fragments).relocate(error)
        raise
    if read_only and operation.operation is OperationType.MUTATION:
        raise MutationOverGet
    if viewer is None:
        _check_public(request, operation, frozenset(root_fields(operation, document.fragments)), public)
    elif viewer.scopes is not None:
        _check_scope(operation.operation, viewer)
    cost = document.cost(operation, request.variables, options.costs)
    if request.is_automatic:
        persisted.register(request, is_anonymous=viewer is None)
    admitted = AdmittedOperation(
        document, operation, cost, literals, on_error=request.on_error, most_errors=options.bounds.errors
    )
    if read_only:
        admitted.max_age = document.max_age(operation)
    return admitted


def _check_scope(kind: OperationType, viewer: Viewer) -> None:
    """Raise Forbidden unless the scopes of an API key admit an operation of this kind."""
    requirement = WRITING if kind is OperationType.MUTATION else READING
    if not requirement.admits_scopes(viewer):
        raise Forbidden(requirement.message)


def _check_public(
    request: GraphQLRequest, operation: OperationDefinitionNode, fields: frozenset[str], public: frozenset[str]
) -> None:
    """Raise Unauthenticated if an operation requires a token, or the error of the token that the request has."""
    is_mutation = operation.operation is OperationType.MUTATION
    if request.rejected is not None and not (is_mutation and public.issuperset(fields)):
        raise request.rejected
    if not public.union(INTROSPECTION_FIELDS).issuperset(fields):
        raise Unauthenticated


def refused(error: Exception, request: GraphQLRequest, rate: RateBucket | None) -> GraphQLResponse:
    """Return the response to an operation that is not admitted. An error of the token takes precedence."""
    if isinstance(error, DATABASE_ERRORS):
        response = not_executed(client_error(error))
    elif request.rejected is not None or not isinstance(error, InvalidDocument):
        response = not_executed(client_error(request.rejected or error))
    else:
        response = not_executed(*[document_error(each, error.code) for each in error.errors])
    response.rate = rate
    return response
