"""Inputs and payloads of placing, cancelling and fulfilling an order."""

import strawberry
from strawberry import ID

from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.descriptions import field, optional
from schema.billing.models import Order
from schema.inputs import EXPECTED_VERSION

ORDER = "ID of the order."
NOW = "The updated order; null if there are errors."


@input_of(Order, "Input of `placeOrder`.")
class PlaceOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `placeOrder`.")
class PlaceOrderPayload(Payload):
    order = record(Order, NOW)


@input_of(Order, "Input of `cancelOrder`.")
class CancelOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `cancelOrder`.")
class CancelOrderPayload(Payload):
    order = record(Order, NOW)


@input_of(Order, "Input of `fulfilOrder`.")
class FulfilOrderInput:
    id: ID = field(ORDER)
    expected_version: int | None = optional(EXPECTED_VERSION)


@strawberry.type(description="Payload of `fulfilOrder`.")
class FulfilOrderPayload(Payload):
    order = record(Order, NOW)
