"""What the rules of several folders refuse with codes of their own. In the API all of these are ValidationErrors."""

from graphql_app.errors import Invalid


class IllegalState(Invalid):
    """The record is in a state in which this cannot be done, or not any more."""

    code = "ILLEGAL_STATE"


class InsufficientFunds(Invalid):
    """The balance of an account would go below the account's limit."""

    code = "INSUFFICIENT_FUNDS"


class WrongCurrency(Invalid):
    """Two things have to be of one currency, and are not; or an amount is finer than its currency's smallest unit."""

    code = "WRONG_CURRENCY"
