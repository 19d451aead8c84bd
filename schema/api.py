"""The GraphQL API of the domain: the root fields of all its folders."""

from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.views.api import Api
from graphql_app.views.schema import build_schema
from schema import load_models
from schema.billing import root as billing
from schema.ledger import root as ledger
from schema.people import root as people
from schema.talk import root as talk
from schema.work import root as work


def build() -> Api:
    """Build it. Raises SchemaMismatch when a type promises what its table does not keep."""
    load_models()
    return build_schema(
        nodes=[*people.NODES, *work.NODES, *talk.NODES, *ledger.NODES, *billing.NODES],
        queries=[people.Query, work.Query, talk.Query, ledger.Query, billing.Query],
        mutations=[people.Mutation, work.Mutation],
        types=USER_ERRORS,
    )
