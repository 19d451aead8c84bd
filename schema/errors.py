"""Errors with their own codes, raised by rules of several folders. In the API all of them are ValidationErrors."""

from graphql_app.errors import Invalid


class IllegalState(Invalid):
    """Record in a state that does not allow the change."""

    code = "ILLEGAL_STATE"


class InsufficientFunds(Invalid):
    """Account whose balance would fall below its limit."""

    code = "INSUFFICIENT_FUNDS"


class WrongCurrency(Invalid):
    """Different currencies where one is required, or an amount finer than its currency's smallest unit."""

    code = "WRONG_CURRENCY"
