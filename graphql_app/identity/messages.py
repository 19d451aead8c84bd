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

    def totp_changed(self, to: str, *, is_enabled: bool) -> Mail:
        """Return the notice that an authenticator app was enabled or disabled."""
        done = "enabled" if is_enabled else "disabled"
        text = (
            f"An authenticator app was {done} for logins with this address.\n\n"
            "If it was not you, reset your password now, and inform the owner of your organization.\n"
        )
        return Mail(to, f"An authenticator app was {done}", text)

    def verification(self, to: str, token: str, ttl: timedelta) -> Mail:
        """Return the message with the token for ``verifyEmail``."""
        text = f"To verify your address, {self._step(VERIFY, token)}\n\nValid for {_shown(ttl)}, once. {UNEXPECTED}\n"
        return Mail(to, "Verify your address", text)

    def known_address(self, to: str) -> Mail:
        """Return the notice of a sign-up with an address that logs in already."""
        text = (
            "There was an attempt to sign up with this address, which logs in already.\n\n"
            f"If it was you, log in, or reset your password. {UNEXPECTED}\n"
        )
        return Mail(to, "You can log in already", text)

    def invitation(self, to: str, token: str, organization: str, inviter: str, ttl: timedelta) -> Mail:
        """Return the message with the token for ``acceptInvitation``."""
        text = (
            f"{inviter} invites you to {organization}.\n\nTo accept, {self._step(ACCEPT, token)}\n\n"
            f"Valid for {_shown(ttl)}, once. If you do not know the organization, ignore this message.\n"
        )
        return Mail(to, f"Invitation to {organization}", text)

    def link(self, page: str, token: str) -> str:
        """Return the link to a page of the front end with a token, or without its address the token alone."""
        return token if self.app_url is None else f"{self.app_url}/{page}#token={token}"

    def _step(self, page: str, token: str) -> str:
        return f"{'use this token' if self.app_url is None else 'open this page'}:\n\n{self.link(page, token)}"


def _shown(ttl: timedelta) -> str:
    """Return a time in words: ``1 hour``, ``7 days``."""
    days, hours = divmod(round(ttl / timedelta(hours=1)), 24)
    if not days or hours:
        number = 24 * days + hours
        return (
            f"{number} hour{'' if number == 1 else 's'}" if number else f"{round(ttl / timedelta(minutes=1))} minutes"
        )
    return f"{days} day{'' if days == 1 else 's'}"
