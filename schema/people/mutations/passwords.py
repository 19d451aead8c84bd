"""Passwords in inputs: hashed before any transaction begins, and never passed to a rule."""

from itertools import count
from typing import Any

from graphql_app.context import Context
from graphql_app.errors import Invalid
from graphql_app.identity.passwords import PasswordTooLongError
from graphql_app.mutations.input_checks import text

PASSWORD = "Password, 8-256 characters."  # noqa: S105 (the description of one)
LENGTH = text(8, 256)
MOST = 10
"""Most passwords that one operation hashes, with or without the right to set them. A hash takes a tenth of a second."""


async def hash_password(context: Context, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with ``password_hash`` in place of ``password``. A null password counts as omitted.

    Takes a tenth of a second, in a thread. Raises Invalid for a password with too many bytes and for the eleventh of an
    operation, and ``Unavailable`` if too many are being hashed.
    """
    others = {name: value for name, value in values.items() if name != "password"}
    password = values.get("password")
    if password is None:
        return others
    if next(context.once(hash_password, lambda: count(1))) > MOST:
        raise Invalid(
            f"At most {MOST} passwords can be set per operation. Send the others in separate requests.", "password"
        )
    try:
        return {**others, "password_hash": await context.services.passwords.hash(password)}
    except PasswordTooLongError:
        raise Invalid("Password is too long.", "password") from None
