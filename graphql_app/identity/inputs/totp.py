"""Inputs and payloads of the second step of logins."""

import strawberry

from graphql_app.identity.totp import EnabledTotp, TotpSetup
from graphql_app.mutations.payloads import Outcome, Payload
from graphql_app.mutations.user_errors import ReadField
from graphql_app.types.declarations import field


def _codes(outcome: Outcome) -> list[str]:
    return outcome.secret.recovery_codes if isinstance(outcome.secret, EnabledTotp) else []


@strawberry.input(description="Input of `setUpTotp`.")
class SetUpTotpInput:
    password: str = field("Password of the identity.")


@strawberry.type(description="Payload of `setUpTotp`.")
class SetUpTotpPayload(Payload):
    secret = ReadField(
        str | None,
        "Secret for an authenticator app, in base32. It is shown only once; null if there are errors.",
        lambda outcome: outcome.secret.secret if isinstance(outcome.secret, TotpSetup) else None,
    )
    uri = ReadField(
        str | None,
        "Address with the secret, of the scheme `otpauth`, to be shown as a QR code; null if there are errors.",
        lambda outcome: outcome.secret.uri if isinstance(outcome.secret, TotpSetup) else None,
    )


@strawberry.input(description="Input of `enableTotp`.")
class EnableTotpInput:
    code: str = field("Code that the authenticator app shows.")


@strawberry.type(description="Payload of `enableTotp`.")
class EnableTotpPayload(Payload):
    recovery_codes = ReadField(
        list[str],
        "Ten codes, each of which replaces a code of the app once. They are shown only once; empty with errors.",
        _codes,
    )


@strawberry.input(description="Input of `disableTotp`.")
class DisableTotpInput:
    password: str = field("Password of the identity.")
    code: str = field("Code of the authenticator app, or a recovery code.")


@strawberry.type(description="Payload of `disableTotp`.")
class DisableTotpPayload(Payload):
    """Errors only."""
