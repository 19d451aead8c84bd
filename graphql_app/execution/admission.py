"""Admission of an operation, decided from the document alone, before any connection is taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql import GraphQLError, OperationDefinitionNode, OperationType

from graphql_app.errors import BadRequest, Unauthenticated
from graphql_app.execution.cost import Cost, CostLimits
from graphql_app.execution.documents import Document, Documents
from graphql_app.execution.introspection import INTROSPECTION_FIELDS, root_fields
from graphql_app.execution.parameterization import Literals
from graphql_app.execution.request import GraphQLRequest
from graphql_app.execution.validation import check_values
from graphql_app.viewer import Viewer


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
    """Values of the literals that are variables of the document, if it is parameterized."""

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
    documents: Documents,
    viewer: Viewer | None,
    public: frozenset[str],
    limits: CostLimits,
    *,
    read_only: bool,
) -> AdmittedOperation:
    """Return the requested operation. Raises RequestError or InvalidDocument if it must not be executed."""
    check_values(request.variables)
    document, literals = await documents.read(request.query)
    operation = document.operation(request.operation_name)
    if read_only and operation.operation is not OperationType.QUERY:
        raise MutationOverGet
    if viewer is None and not public.union(INTROSPECTION_FIELDS).issuperset(root_fields(operation, document.fragments)):
        raise Unauthenticated
    return AdmittedOperation(document, operation, document.cost(operation, request.variables, limits), literals)
