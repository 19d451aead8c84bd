"""Inputs and payloads of placing, cancelling and fulfilling an order."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, record
from graphql_app.views.described import field, optional
from schema.billing.models import Order
from schema.inputs import EXPECTED_VERSION

ORDER = "The order's id."
NOW = "The order as it is now; null when there are errors."


@input_of(Order, "A draft to be placed.")
class PlaceOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The order that was placed.")
class PlaceOrderPayload(Payload):
    order = record(Order, NOW)


@input_of(Order, "An order to be called off.")
class CancelOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The order that was called off.")
class CancelOrderPayload(Payload):
    order = record(Order, NOW)


@input_of(Order, "An order that was fulfilled.")
class FulfilOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="The order that was fulfilled.")
class FulfilOrderPayload(Payload):
    order = record(Order, NOW)
