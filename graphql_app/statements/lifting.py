"""Takes the values out of a list and its page, leaving the shape that a compiled statement is kept under."""

from dataclasses import replace
from typing import cast

from graphql_app.statements.conditions import And, Compare, Condition, Not, Or, Related, parameter_of
from graphql_app.statements.keyset import Place
from graphql_app.statements.select import List, Page
from graphql_app.statements.slots import Values


def lift_list(wanted: List, values: Values) -> List:
    """The list with slots in the place of its filter's values."""
    return replace(wanted, condition=_condition(wanted.condition, values))


def lift_page(page: Page, values: Values, *, one_more: bool) -> Page:
    """The page with slots in the place of its size and of the values of its places.

    ``one_more`` row than the page has is asked for, where it matters whether there are others.
    """
    return Page(
        cast(int, values.slot(page.size + one_more)),
        page.backward,
        lift_place(page.after, values),
        lift_place(page.before, values),
    )


def lift_place(place: Place | None, values: Values) -> Place | None:
    """The place with slots; a null is part of the shape, since it is compared in another way."""
    return None if place is None else tuple(None if each is None else values.slot(each) for each in place)


def _condition(condition: Condition, values: Values) -> Condition:
    match condition:
        case Compare(operator="isNull"):
            return condition
        case Compare():
            return replace(condition, value=values.slot(parameter_of(condition)))
        case And(parts):
            return And(_conditions(parts, values))
        case Or(parts):
            return Or(_conditions(parts, values))
        case Not(part):
            return Not(_condition(part, values))
        case Related():
            return replace(condition, part=_condition(condition.part, values))


def _conditions(parts: tuple[Condition, ...], values: Values) -> tuple[Condition, ...]:
    return tuple(_condition(part, values) for part in parts)
