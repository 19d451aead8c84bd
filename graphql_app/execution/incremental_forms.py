"""Forms of incremental responses, as clients request them by `Accept`.

- `incrementalSpec=v0.2`: parts are announced by ids (https://github.com/graphql/graphql-spec/pull/1110)
- `deferSpec=20220824`, also requested as `incrementalSpec=v0.1`: parts have paths and labels
"""

from collections.abc import Sequence
from dataclasses import dataclass

from graphql_app.execution.deliveries import Delivery, PendingPart
from graphql_app.execution.request import IncrementalForm, JsonObject


@dataclass(frozen=True, slots=True)
class PartsMessage:
    """Contents of a message after the first one."""

    deliveries: Sequence[Delivery]
    announced: Sequence[PendingPart]
    has_next: bool


def first_body(form: IncrementalForm, body: JsonObject, announced: Sequence[PendingPart]) -> JsonObject:
    """Return the first message: the response without the parts that are announced."""
    pending = {"pending": [_announced(each) for each in announced]} if form == "v0.2" else {}
    return {**body, **pending, "hasNext": True}


def next_body(form: IncrementalForm, message: PartsMessage) -> JsonObject:
    """Return a further message."""
    if form != "v0.2":
        return {"incremental": [_flat(each) for each in message.deliveries], "hasNext": message.has_next}
    body: JsonObject = {}
    if message.announced:
        body["pending"] = [_announced(each) for each in message.announced]
    found = [_with_id(each) for each in message.deliveries if not _is_failed(each)]
    if found:
        body["incremental"] = found
    body["completed"] = [_completed(each) for each in message.deliveries]
    body["hasNext"] = message.has_next
    return body


def _is_failed(delivery: Delivery) -> bool:
    return delivery.data is None and delivery.items is None


def _announced(pending: PendingPart) -> JsonObject:
    label = {} if pending.label is None else {"label": pending.label}
    return {"id": pending.id, "path": list(pending.path), **label}


def _with_id(delivery: Delivery) -> JsonObject:
    value = {"data": delivery.data} if delivery.items is None else {"items": delivery.items}
    errors = {"errors": delivery.errors} if delivery.errors else {}
    return {"id": delivery.pending.id, **value, **errors}


def _completed(delivery: Delivery) -> JsonObject:
    failed = {"errors": delivery.errors} if _is_failed(delivery) else {}
    return {"id": delivery.pending.id, **failed}


def _flat(delivery: Delivery) -> JsonObject:
    pending, path = delivery.pending, list(delivery.pending.path)
    value = {"data": delivery.data, "path": path}
    if delivery.items is not None:
        value = {"items": delivery.items, "path": [*path, delivery.first]}
    label = {} if pending.label is None else {"label": pending.label}
    errors = {"errors": delivery.errors} if delivery.errors else {}
    return {**value, **label, **errors}
