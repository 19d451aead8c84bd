"""Creation of service accounts and API keys, and requests with them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from graphql_app.viewer import Viewer
from tests.support.api import Json
from tests.support.error_cases import Clients
from tests.support.organizations import ALPHA

OWNER = ALPHA.viewer()
CREATED = "apiKey { id name prefix scopes user { id } } key errors { __typename code message path }"
ACCOUNT = "user { id role isServiceAccount email } errors { __typename code message path }"


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """Created API key."""

    id: str
    text: str
    user_id: str

    @property
    def prefix(self) -> str:
        return self.text[:11]


async def create_account(clients: Clients, role: str = "MANAGER", by: Viewer = OWNER) -> UUID:
    """Create a service account of a role, and return its ID."""
    payload = await clients.mutate("createServiceAccount", {"name": "Importer", "role": role}, by, ACCOUNT)
    assert payload["errors"] == []
    return UUID(payload["user"]["id"])


async def create_key(clients: Clients, *scopes: str, user: UUID | None = None, **given: Any) -> CreatedKey:
    """Create a key, by default of a new service account with role MANAGER, and return it."""
    user_id = str(user or await create_account(clients))
    chosen = {"name": "Import", "scopes": scopes or ("read", "write"), "userId": user_id, **given}
    payload = await clients.mutate("createApiKey", chosen, OWNER, CREATED)
    assert payload["errors"] == []
    return CreatedKey(payload["apiKey"]["id"], payload["key"], user_id)


async def send(clients: Clients, token: str, query: str, **variables: Any) -> Json:
    """Return the body of the response to a request with a bearer token."""
    headers = {"authorization": f"Bearer {token}"}
    body: Json = (
        await clients.http.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    ).json()
    return body


def codes(body: Json) -> list[str]:
    """Return the codes of the errors of a response."""
    return [error["extensions"]["code"] for error in body.get("errors", ())]
