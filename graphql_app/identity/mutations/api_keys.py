"""Mutations of service accounts and API keys."""

from typing import Any

import strawberry

from graphql_app.context import Context
from graphql_app.errors import Denied, Invalid, RuleError, refuse
from graphql_app.identity.api_keys import new_api_key
from graphql_app.identity.inputs import api_keys as inputs
from graphql_app.identity.models import UserRole
from graphql_app.identity.rules import api_keys
from graphql_app.mutations.mutation import mutation

OWNERS = (UserRole.OWNER,)


async def generate_key(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with a new key and with the scopes as they are stored.

    Raises Invalid for unknown scopes, and Denied for those that the API key of the request does not have.
    """
    declared, given = [scope.name for scope in context.services.scopes], values["scopes"]
    own = context.viewer.scopes
    unknown = f"Unknown scope. Scopes are {', '.join(declared)}."
    lacking = "An API key can create keys only with scopes that it has itself."
    errors: list[RuleError] = []
    for index, scope in enumerate(given):
        if scope not in declared:
            errors.append(Invalid(unknown, "scopes", index))
        elif own is not None and scope not in own:
            errors.append(Denied(lacking, "scopes", index))
    refuse(errors)
    return {**values, "scopes": " ".join(sorted(set(given))), "key": new_api_key()}


@strawberry.type
class ApiKeyMutation:
    create_service_account = mutation(
        api_keys.create_service_account,
        inputs.CreateServiceAccountInput,
        inputs.CreateServiceAccountPayload,
        "Create a service account: a user for programs, which acts by API keys and cannot log in. Deactivate it by "
        "`deactivateUser`, which ends its keys.",
        roles=OWNERS,
    )
    create_api_key = mutation(
        api_keys.create_api_key,
        inputs.CreateApiKeyInput,
        inputs.CreateApiKeyPayload,
        "Create an API key. Requests with it act as its user, in the role of the user, limited to the key's scopes. "
        "It ends when it expires or is revoked, or when its user is deactivated; a new password does not end it.",
        prepare=generate_key,
        roles=OWNERS,
    )
    revoke_api_key = mutation(
        api_keys.revoke_api_key,
        inputs.RevokeApiKeyInput,
        inputs.RevokeApiKeyPayload,
        "Revoke an API key. Writes with it fail at once, reads within 5 seconds; open sockets are closed.",
        roles=OWNERS,
    )
