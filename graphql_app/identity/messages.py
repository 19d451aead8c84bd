"""Texts of the messages to identities, with links to the front end."""

from dataclasses import dataclass
from datetime import timedelta

from graphql_app.mail.outbox import Mail

RESET, VERIFY, ACCEPT = "reset-password", "verify-email", "accept-invitation"
"""Pages of the front end, below its address. The token follows as the fragment, which browsers do not send."""
UNEXPECTED = "If you did not request this, ignore this message."


@dataclass(frozen=True, slots=True)
class Messages:
    """Messages of one deployment. Without the address of its front end, they contain the tokens without links."""

    app_url: str | None = None

    def password_reset(self, to: str, token: str, ttl: timedelta) -> Mail:
        """Return the message with the token for ``resetPassword``."""
        text = f"To choose a new password, {self._step(RESET, token)}\n\nValid for {_shown(ttl)}, once. {UNEXPECTED}\n"
        return Mail(to, "Reset your password", text)

    def password_changed(self, to: str) -> Mail:
        """Return the notice of a changed password."""
        text = (
            "Your password was changed, and all other sessions have ended.\n\n"
            "If you did not change it, reset your password now, and inform the owner of your organization.\n"
        )
        return Mail(to, "Your password was changed", text)

    def _step(self, page: str, token: str) -> str:
        if self.app_url is None:
            return f"use this token:\n\n{token}"
        return f"open this page:\n\n{self.app_url}/{page}#token={token}"


def _shown(ttl: timedelta) -> str:
    """Return a time in words: ``1 hour``, ``7 days``."""
    days, hours = divmod(round(ttl / timedelta(hours=1)), 24)
    if not days or hours:
        number = 24 * days + hours
        return (
            f"{number} hour{'' if number == 1 else 's'}" if number else f"{round(ttl / timedelta(minutes=1))} minutes"
        )
    return f"{days} day{'' if days == 1 else 's'}"
