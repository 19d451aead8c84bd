"""Close codes of `graphql-transport-ws`, as exceptions that end a conversation."""

from typing import ClassVar


class Closing(Exception):
    """End of a conversation, with a code and a reason (at most 123 bytes) for the client."""

    code: ClassVar[int]
    reason: ClassVar[str]

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or self.reason)


class ClientClosed(Closing):
    """Socket that the client has closed or lost. No close frame can be sent."""

    code = 1005
    reason = "closed by the client"


class ServiceRestart(Closing):
    """Stop of the server. The client may connect to another one at once."""

    code = 1012
    reason = "The server is restarting"


class SlowReader(Closing):
    """Client that receives nothing of what is sent to it. It may connect again."""

    code = 1013
    reason = "The client reads too slowly"


class InvalidMessage(Closing):
    """Frame that is not a message of the protocol."""

    code = 4400
    reason = "Invalid message"


class NotInitialised(Closing):
    """Operation before the connection was acknowledged."""

    code = 4401
    reason = "Unauthorized"


class TokenRejected(Closing):
    """Missing, contradictory, invalid or expired token."""

    code = 4403
    reason = "Forbidden"


class WrongSubprotocol(Closing):
    """Client that does not offer the subprotocol `graphql-transport-ws`."""

    code = 4406
    reason = "Subprotocol not acceptable: use graphql-transport-ws"


class InitialisationTimeout(Closing):
    """No `connection_init` in time."""

    code = 4408
    reason = "Connection initialisation timeout"


class DuplicateOperation(Closing):
    """Second operation with the id of one that still runs."""

    code = 4409
    reason = "Subscriber already exists"


class InitialisedTwice(Closing):
    """Second `connection_init`."""

    code = 4429
    reason = "Too many initialisation requests"


class ServerFailed(Closing):
    """Bug in the server. Its traceback is in the log."""

    code = 4500
    reason = "Internal server error"
