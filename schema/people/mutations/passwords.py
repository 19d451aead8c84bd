"""Passwords in inputs: hashed before any transaction begins, and seen by no rule."""

from itertools import count
from typing import Any

from graphql_app.errors import Invalid
from graphql_app.execution.context import Context
from graphql_app.identity.hashes import PasswordTooLongError
from graphql_app.mutations.checks import text

PASSWORD = "The password to log in with: 8 to 256 characters."  # noqa: S105 (the description of one)
LENGTH = text(8, 256)
MOST = 10
"""Passwords that one operation hashes, whether or not the viewer may set them: a hash costs a tenth of a second."""


async def hash_password(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """What was given, with ``password_hash`` in the place of ``password``. A null stands for none.

    Takes a tenth of a second, in a thread. Raises Invalid for a password that has too many bytes and for the eleventh
    of an operation, and ``Unavailable`` when too many are hashed at the moment.
    """
    others = {name: value for name, value in values.items() if name != "password"}
    password = values.get("password")
    if password is None:
        return others
    if next(context.once(hash_password, lambda: count(1))) > MOST:
        raise Invalid(f"One operation sets at most {MOST} passwords. Send the others in separate requests.", "password")
    try:
        return {**others, "password_hash": await context.services.passwords.hash(password)}
    except PasswordTooLongError:
        raise Invalid("This password is too long.", "password") from None
