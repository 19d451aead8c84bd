"""Texts that organizations of all trades use."""

REPLIES = (
    "Thank you for telling us.",
    "Count me in.",
    "I can help on {day}.",
    "Good to know, we talked about it in {month}.",
    "Does this also hold for the people in the branch?",
    "{colleague} knows more about it.",
    "At last!",
    "Could you put this on the notice board as well?",
    "I am away that week, sorry.",
    "Read it, agreed.",
    "Make it {number} and I bring the cake.",
    "Pictures, please.",
)
"""Comments on posts."""
NOTES = (
    "Please call before you come.",
    "Invoice to the head office, not to the branch.",
    "They would like to have everything at once.",
    "Agreed by telephone, see the calendar.",
    "Price as last year.",
)
"""Notes on orders."""
FAILURES = (
    "There was not enough money in the account.",
    "The customer stopped the payment.",
    "The account was locked for the day.",
)
"""Reasons of failed payments."""
