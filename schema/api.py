"""GraphQL API of the domain, from the root fields of all its folders."""

from graphql_app.mutations.user_errors import USER_ERRORS
from graphql_app.types.schema import Api, build_schema
from schema import load_models, modules
from schema.people.models import UserRole


def build() -> Api:
    """Build the API. Raises SchemaMismatch if a type does not fit its table."""
    load_models()
    modules("types")
    roots = modules("root")
    return build_schema(
        nodes=[model for root in roots for model in root.NODES],
        queries=[root.Query for root in roots],
        mutations=[root.Mutation for root in roots if hasattr(root, "Mutation")],
        types=USER_ERRORS,
        roles=UserRole,
    )
