"""Checks of external issuers: their keys can be fetched, and their settings are safe."""

from collections.abc import Iterator

from graphql_app.doctor.findings import Finding, ok, problem, several, warning
from graphql_app.identity.issuer_keys import IssuerError, fetch_keys, http_client
from graphql_app.settings import Settings
from graphql_app.settings.issuers import IssuerSettings


async def issuers(settings: Settings) -> list[Finding]:
    """Fetch the keys of each issuer."""
    found: list[Finding] = []
    async with http_client() as client:
        for each in settings.issuers:
            try:
                keys = await fetch_keys(client, each, is_production=settings.env == "production")
            except IssuerError as error:
                said = f"The keys of {each.issuer} cannot be fetched: {error}."
                found.append(problem(said, "Correct WORKLINE_ISSUERS, or make the address reachable from here."))
            else:
                found.append(ok(f"{each.issuer}: {several(len(keys), 'key')}, provision {each.provision}."))
            found += risks(each)
    return found or [ok("None. Only tokens of this deployment and API keys are accepted.")]


def risks(issuer: IssuerSettings) -> Iterator[Finding]:
    """Yield warnings about settings that trust an issuer with more than usual."""
    if issuer.provision != "none" and issuer.claims.email_verified.literal is not None:
        said = f"{issuer.issuer} may link any address, because claims.email_verified is not read from its tokens."
        yield warning(said, "Use a path, unless the issuer verifies each address before it issues a token.")
    values = issuer.claims.role.values if issuer.claims.role else None
    if issuer.provision == "create" and issuer.claims.role and (values is None or "OWNER" in values.values()):
        said = f"{issuer.issuer} can create owners of organizations."
        yield warning(said, "Map its roles to lower ones by claims.role.values, unless this is intended.")
