"""Messages of an incremental response, and the response that a client merges from them, in either form."""

from copy import deepcopy
from typing import Any

import orjson

from graphql_app.execution.request import GraphQLRequest, IncrementalForm
from graphql_app.viewer import Viewer
from tests.support.api import OWNER, Json, Workline

FORMS: tuple[IncrementalForm, ...] = ("v0.2", "v0.1", "20220824")


async def messages(
    workline: Workline,
    query: str,
    form: IncrementalForm | None = "v0.2",
    viewer: Viewer | None = OWNER,
    **variables: Any,
) -> list[Json]:
    """Return all messages of the response to a request."""
    request = GraphQLRequest(query, variables, incremental=form)
    response = await workline.executor.execute(request, viewer=viewer)
    if response.parts is None:
        return [response.body]
    assert response.form == form
    return [orjson.loads(part.encoded or b"") async for part in response.parts]


def merged(found: list[Json]) -> Json:
    """Return the response that the messages describe. Raises AssertionError if they violate their form."""
    first, *others = deepcopy(found)
    if not others:
        assert "hasNext" not in first
        return first
    assert first.pop("hasNext")
    assert [each["hasNext"] for each in others] == [True] * (len(others) - 1) + [False]
    pending = {each["id"]: each for each in first.pop("pending", [])}
    is_flat = not pending
    body = {"data": first["data"], "errors": first.get("errors", [])}
    for message in others:
        for each in message.get("incremental", []):
            path = each["path"] if is_flat else pending[each["id"]]["path"]
            _merge(body, list(path), each)
            body["errors"] += each.get("errors", [])
        for each in message.get("completed", []):
            pending.pop(each["id"])
            body["errors"] += each.get("errors", [])
        pending |= {each["id"]: each for each in message.get("pending", [])}
    assert not pending, "a part was announced and not completed"
    return body if body["errors"] else {"data": body["data"]}


def _merge(body: Json, path: list[str | int], part: Json) -> None:
    if "items" in part:
        if "id" not in part:
            assert len(_at(body["data"], path[:-1])) == path[-1]
            path = path[:-1]
        _at(body["data"], path).extend(part["items"])
    elif part["data"] is not None:
        _deep(_at(body["data"], path), part["data"])


def _at(data: Any, path: list[str | int]) -> Any:
    for key in path:
        data = data[key]
    return data


def _deep(target: Json, source: Json) -> None:
    for key, value in source.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            _deep(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    _deep(known[index], item)
        else:
            target[key] = value
