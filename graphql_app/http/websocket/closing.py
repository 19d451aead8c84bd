"""Why a socket is closed: the codes of `graphql-transport-ws`, as exceptions that end a conversation."""

from typing import ClassVar


class Closing(Exception):
    """Ends the conversation with a code and a reason (at most 123 bytes) for the client."""

    code: ClassVar[int]
    reason: ClassVar[str]

    def __init__(self, reason: str | None = None) -> None:
        super().__init__(reason or self.reason)


class ClientClosed(Closing):
    """The client closed the socket, or is gone: there is nobody to tell."""

    code = 1005
    reason = "closed by the client"


class ServiceRestart(Closing):
    """The server stops; a client may connect to another one at once."""

    code = 1012
    reason = "The server is restarting"


class SlowReader(Closing):
    """The client takes nothing of what is sent to it. It may connect again."""

    code = 1013
    reason = "The client reads too slowly"


class InvalidMessage(Closing):
    """A frame is not a message of the protocol."""

    code = 4400
    reason = "Invalid message"


class NotInitialised(Closing):
    """An operation came before the connection was acknowledged."""

    code = 4401
    reason = "Unauthorized"


class InvalidToken(Closing):
    """The token is not valid, or no longer."""

    code = 4403
    reason = "Forbidden"


class WrongSubprotocol(Closing):
    """The client does not speak `graphql-transport-ws`."""

    code = 4406
    reason = "Subprotocol not acceptable: use graphql-transport-ws"


class InitialisationTimeout(Closing):
    """No `connection_init` came in time."""

    code = 4408
    reason = "Connection initialisation timeout"


class DuplicateOperation(Closing):
    """An operation of this id is still running."""

    code = 4409
    reason = "Subscriber already exists"


class InitialisedTwice(Closing):
    """There was a `connection_init` before."""

    code = 4429
    reason = "Too many initialisation requests"


class ServerFailed(Closing):
    """A bug; its trace is in the log."""

    code = 4500
    reason = "Internal server error"
