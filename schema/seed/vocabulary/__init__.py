"""Vocabulary of generated data, combined by rules, so that few words give many readable texts."""

from dataclasses import dataclass

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


FIRST = (
    "Ada", "Amara", "Anouk", "Arjun", "Beatriz", "Bela", "Carmen", "Chidi", "Clara", "Dario", "Edda", "Elif",
    "Emil", "Farah", "Finn", "Gwen", "Hana", "Hugo", "Ines", "Ivo", "Jamila", "Jonas", "Kaito", "Kirsten", "Lena",
    "Luca", "Maeve", "Mateo", "Mina", "Nadia", "Noor", "Oskar", "Paula", "Quentin", "Rosa", "Ruben", "Sana", "Soren",
    "Tamsin", "Tomas", "Uma", "Viktor", "Wanda", "Yusuf", "Zoë",
)  # fmt: skip
LAST = (
    "Abara", "Adeyemi", "Almeida", "Andersen", "Baptiste", "Berger", "Brandt", "Castellanos", "Clarke", "Costa",
    "Dahl", "Demir", "Devlin", "Duarte", "Eriksen", "Fabre", "Ferreira", "Fischer", "Fontaine", "Grant", "Haddad",
    "Halloran", "Hansen", "Horváth", "Iversen", "Jansen", "Kaya", "Keller", "Kimura", "Kowal", "Larsen", "Lefèvre",
    "Lindqvist", "Marchetti", "Mbeki", "Moreau", "Nakamura", "Novak", "Okafor", "Oliveira", "Pereira", "Petrov",
    "Quinn", "Rahman", "Reyes", "Romano", "Sandoval", "Schäfer", "Silva", "Sorensen", "Tanaka", "Torres", "Ullah",
    "Vargas", "Vasquez", "Vermeer", "Weber", "Whitfield", "Yilmaz", "Zeller",
)  # fmt: skip
CUSTOMERS = (
    "{} family", "Café {}", "{} & Daughters", "Hotel {}", "Bakery {}", "{} Architects", "Dr {}", "Pharmacy {}",
    "{} Bookshop", "Restaurant {}", "{} Nursery School", "Garage {}", "{} Theatre", "Vineyard {}", "{} Law Office",
    "Florist {}", "{} Brewery", "Museum {}", "{} Shipping", "Dental Practice {}",
)  # fmt: skip
PLACES = (
    "North", "South", "East", "West", "Harbour", "Hillside", "Riverside", "Market", "Station", "Millpond", "Garden",
    "Bridge", "Lakeside", "Canal", "Castle", "Meadow", "Valley", "Island", "Forest", "Lighthouse",
)  # fmt: skip
CURRENCIES = (("EUR", "USD"), ("GBP", "EUR"), ("SEK", "EUR"), ("USD", "CAD"))
"""Currency of an organization, with that of its customers abroad."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


SLOTS = ("part", "whole", "customer", "colleague", "day", "month", "number")
"""Names of the placeholders, in braces, that a text may contain."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Kind of work: a category, and the topics of its tasks."""

    name: str
    description: str | None
    verbs: tuple[str, ...]
    parts: tuple[str, ...]
    wholes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Post:
    """Post: a title and the sentences of its body."""

    title: str
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """Item of the price list. ``price`` is in cents. ``by_the_hour`` items are sold in quarters of an hour."""

    name: str
    price: int
    by_the_hour: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """Vocabulary of a trade. Texts may contain the SLOTS in braces."""

    name: str
    title: str
    """Pattern of a task's title, from a verb, a part and a whole."""
    kinds: tuple[Kind, ...]
    labels: tuple[tuple[str, str], ...]
    """Names and colours."""
    steps: tuple[str, ...]
    """Titles of subtasks."""
    wishes: tuple[str, ...]
    findings: tuple[str, ...]
    instructions: tuple[str, ...]
    """Sentences of a task's description: one or two of each, in this order."""
    remarks: tuple[str, ...]
    """Comments on tasks."""
    posts: tuple[Post, ...]
    items: tuple[Item, ...]
    expenses: tuple[str, ...]
