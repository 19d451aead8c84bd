"""Inputs and payloads of the mutations of service accounts and API keys."""

from datetime import datetime

import strawberry
from strawberry import ID

from graphql_app.identity import models as m
from graphql_app.mutations.input_checks import items
from graphql_app.mutations.inputs import EXPECTED_VERSION, input_of
from graphql_app.mutations.payloads import Payload, record, secret
from graphql_app.types.declarations import field, optional

MOST_SCOPES = 50


@input_of(m.User, "Input of `createServiceAccount`.")
class CreateServiceAccountInput:
    name: str = field("Name of the service account, 1-200 characters in one line.")
    role: m.UserRole | None = optional("Role of the service account, not OWNER. Default: MEMBER.")


@strawberry.type(description="Payload of `createServiceAccount`.")
class CreateServiceAccountPayload(Payload):
    user = record(m.User, "The created service account; null if there are errors.")


@input_of(m.ApiKey, "Input of `createApiKey`.")
class CreateApiKeyInput:
    name: str = field("Name of the key, 1-200 characters in one line, for example the program that uses it.")
    scopes: list[str] = field(
        "Scopes of the key, names from `viewer.scopes`: `read` for queries, `write` for mutations, and further ones "
        "that fields require. They cannot be changed later.",
        items(1, MOST_SCOPES),
    )
    user_id: ID | None = optional("ID of the service account as which the key acts. Default: your own user.")
    expires_at: datetime | None = optional("Time after which the key is invalid. Default: it does not expire.")


@strawberry.type(description="Payload of `createApiKey`.")
class CreateApiKeyPayload(Payload):
    api_key = record(m.ApiKey, "The created key; null if there are errors.")
    key = secret(
        str | None,
        "The key itself, to be sent as `Authorization: Bearer <key>`. It is shown only once: null if there are errors, "
        "and if the mutation is repeated with an idempotency key.",
    )


@input_of(m.ApiKey, "Input of `revokeApiKey`.")
class RevokeApiKeyInput:
    id: ID = field("ID of the key.")
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `revokeApiKey`.")
class RevokeApiKeyPayload(Payload):
    api_key = record(m.ApiKey, "The revoked key; null if there are errors.")
