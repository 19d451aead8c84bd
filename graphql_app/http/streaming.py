"""Streams of events as responses: `text/event-stream` and `multipart/mixed`.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md (distinct connections mode),
https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, nullcontext, suppress
from datetime import UTC, datetime
from functools import cache
from typing import Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from graphql_app.errors import InvalidToken, RequestError, Unavailable
from graphql_app.execution.encoding import encode
from graphql_app.execution.errors import masked_error, not_executed, request_error
from graphql_app.execution.request import GraphQLResponse, IncrementalForm
from graphql_app.http.disconnect import CancelOnDisconnect, ClientDisconnected, disconnect_watcher
from graphql_app.http.lifespan import Services
from graphql_app.http.logging import bind_log_context, bind_response
from graphql_app.http.negotiation import EVENT_STREAM, MULTIPART
from graphql_app.http.response import rate_headers
from graphql_app.limits import RateBucket

HEARTBEAT = 5.0
"""Seconds without an event after which a heartbeat is sent, so that proxies do not close the connection."""
BOUNDARY = b"graphql"
STOPPING = "The server is stopping. Subscribe again."


class StreamFormat(Protocol):
    """Format of an event stream. An event is sent with its trailing separator."""

    content_type: bytes
    opening: bytes
    heartbeat: bytes
    """Bytes that are sent without an event; empty for none."""
    closing: bytes

    def event(self, response: GraphQLResponse) -> bytes: ...


class EventStreamFormat:
    """Server-sent events `next` and `complete`. The latter has empty data, because browsers drop events without."""

    content_type = b"text/event-stream; charset=utf-8"
    opening = heartbeat = b":\n\n"
    closing = b"event: complete\ndata:\n\n"

    def event(self, response: GraphQLResponse) -> bytes:
        return b"event: next\ndata: %b\n\n" % _encoded(response)


class MultipartFormat:
    """Parts with a ``payload``, or with an error that ends the subscription. An empty part is a heartbeat."""

    content_type = b'multipart/mixed; boundary="%b"; subscriptionSpec=1.0' % BOUNDARY
    opening = b"\r\n--%b" % BOUNDARY
    closing = b"--\r\n"

    def __init__(self) -> None:
        self.heartbeat = self._part(b"{}")

    def event(self, response: GraphQLResponse) -> bytes:
        if response.executed:
            return self._part(b'{"payload":%b}' % _encoded(response))
        return self._part(encode({"payload": None, "errors": response.body["errors"]}))

    def _part(self, body: bytes) -> bytes:
        return b"\r\ncontent-type: application/json\r\n\r\n%b\r\n--%b" % (body, BOUNDARY)


FORMATS: Mapping[str, StreamFormat] = {EVENT_STREAM: EventStreamFormat(), MULTIPART: MultipartFormat()}


PARAMETERS: Mapping[IncrementalForm, bytes] = {
    "v0.2": b"; incrementalSpec=v0.2",
    "v0.1": b"; incrementalSpec=v0.1",
    "20220824": b"; deferSpec=20220824",
}


class IncrementalEventFormat(EventStreamFormat):
    """Server-sent events, each with a part of an incremental response."""

    def __init__(self, form: IncrementalForm) -> None:
        self.content_type = EventStreamFormat.content_type + PARAMETERS[form]


class IncrementalMultipartFormat(MultipartFormat):
    """Parts of an incremental response. Clients expect no heartbeats."""

    heartbeat = b""

    def __init__(self, form: IncrementalForm) -> None:
        self.content_type = b'multipart/mixed; boundary="%b"' % BOUNDARY + PARAMETERS[form]

    def event(self, response: GraphQLResponse) -> bytes:
        return self._part(_encoded(response))


@cache
def incremental_format(media_type: str, form: IncrementalForm) -> StreamFormat:
    """Return the format of incremental responses of a media type, which repeats the form."""
    return IncrementalEventFormat(form) if media_type == EVENT_STREAM else IncrementalMultipartFormat(form)


def _encoded(response: GraphQLResponse) -> bytes:
    return encode(response.body) if response.encoded is None else response.encoded


async def single(response: GraphQLResponse) -> AsyncGenerator[GraphQLResponse]:
    """Yield one response, for a client that accepts only streams."""
    yield response


class StreamedResponse(Response):
    """Response that sends each event when it occurs.

    ``opened`` is the response that began a subscription, ``rate`` the client's bucket, which is shown in the headers.
    Ends with an error when the token expires, when the viewer's access ends, and when the server stops. Errors of the
    request end it as well. An ``is_bounded`` stream ends soon by itself: a server that stops waits for it.
    """

    def __init__(
        self,
        responses: AsyncGenerator[GraphQLResponse],
        format: StreamFormat,
        services: Services,
        opened: GraphQLResponse | None = None,
        rate: RateBucket | None = None,
        *,
        is_bounded: bool = False,
    ) -> None:
        self.status_code, self.background = 200, None
        self._responses, self._format, self._services = responses, format, services
        self._drain, expires_at = services.drain, opened.expires_at if opened else None
        self._counter = services.drain.streams if opened else services.drain.operations if is_bounded else nullcontext()
        self._is_bounded = is_bounded
        self._viewer = opened.viewer if opened else None
        self.raw_headers = [
            (b"content-type", self._format.content_type),
            (b"cache-control", b"no-store, no-transform"),
            (b"x-accel-buffering", b"no"),  # nginx would hold events back
            *((name.encode(), value.encode()) for name, value in rate_headers(rate).items()),
        ]
        self._lock = asyncio.Lock()
        self._last_sent = 0.0
        self._reason: RequestError = InvalidToken()
        self._clock = asyncio.timeout(None if expires_at is None else (expires_at - datetime.now(UTC)).total_seconds())
        self._is_running = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self._transmit = send
        try:
            watcher = CancelOnDisconnect(disconnect_watcher(scope, receive))
            with self._counter, self._drain.socket(self._retire), watcher:
                await self._run()
        except ClientDisconnected:
            bind_log_context(cancelled=True)

    async def _run(self) -> None:
        await self._send(self._format.opening)
        heartbeats = asyncio.create_task(self._send_heartbeats())
        try:
            await self._send_events()
        finally:
            heartbeats.cancel()
            with suppress(asyncio.CancelledError):
                await heartbeats
        await self._send(self._format.closing, more=False)

    async def _send_events(self) -> None:
        """Send all events, and the reason if the stream ends early."""
        try:
            watched = self._services.watched(self._viewer, self._expire)
            async with aclosing(self._responses) as responses, self._clock:
                with watched:
                    await self._send_all(responses)
        except TimeoutError:
            if not self._clock.expired():
                raise
            await self._send(self._format.event(not_executed(request_error(self._reason))))
        except Exception as bug:
            response = not_executed(masked_error(bug))
            bind_response(response)
            await self._send(self._format.event(response))
        finally:
            self._is_running = False

    async def _send_all(self, responses: AsyncGenerator[GraphQLResponse]) -> None:
        self._is_running = True
        if self._drain.begun:
            self._retire()
        async for response in responses:
            bind_response(response)
            await self._send(self._format.event(response))
            if not response.executed:
                return

    def _expire(self) -> None:
        """End the stream because the viewer's access has ended."""
        if self._is_running:
            self._clock.reschedule(asyncio.get_running_loop().time())

    def _retire(self) -> None:
        """End the stream because the server stops."""
        if self._is_running and not self._is_bounded:
            self._reason = Unavailable(STOPPING)
            self._clock.reschedule(asyncio.get_running_loop().time())

    async def _send_heartbeats(self) -> None:
        loop = asyncio.get_running_loop()
        while self._format.heartbeat:
            wait = self._last_sent + HEARTBEAT - loop.time()
            if wait <= 0:
                await self._send(self._format.heartbeat)
            else:
                await asyncio.sleep(wait)

    async def _send(self, piece: bytes, *, more: bool = True) -> None:
        async with self._lock:
            await self._transmit({"type": "http.response.body", "body": piece, "more_body": more})
            self._last_sent = asyncio.get_running_loop().time()
