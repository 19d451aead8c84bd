"""Page with the messages that a development server has written to files instead of sending them."""

import asyncio
import re
from html import escape

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from graphql_app.http.lifespan import services_of
from graphql_app.mail.files import KeptMessage, kept_messages, mail_directory
from graphql_app.settings import Settings

LINK = re.compile(r"https?://[^\s<]+")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Mail</title>
<style>
body { font: 15px/1.5 sans-serif; margin: 2rem auto; max-width: 48rem; padding: 0 1rem; }
article { border-top: 1px solid #ccc; }
pre { font: inherit; overflow-wrap: anywhere; white-space: pre-wrap; }
</style>
<h1>Mail</h1>
<p>Messages that this development server has written to files, the newest first.</p>
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'"
SERVER_TIMING = "mail"
"""Value of the header with which the playground learns that the server has this page."""


def has_mail_page(settings: Settings) -> bool:
    """Return True if the server may show its messages, which contain secrets: in development, without SMTP."""
    return settings.env == "development" and settings.smtp_host is None


async def mail_page(request: Request) -> Response:
    """Return the page, or 404 unless the server is in development and has no SMTP server."""
    settings = services_of(request.scope).settings
    if not has_mail_page(settings):
        raise HTTPException(404)
    messages = await asyncio.to_thread(kept_messages, mail_directory(settings))
    shown = "".join(map(_article, reversed(messages))) or "<p>There is no message.</p>"
    headers = {"cache-control": "no-store", "content-security-policy": POLICY}
    return HTMLResponse(PAGE + shown, headers=headers)


def _article(message: KeptMessage) -> str:
    text = f"Not sent: {message.error}" if message.text is None else message.text
    linked = LINK.sub(lambda link: f'<a href="{link[0]}">{link[0]}</a>', escape(text, quote=True))
    about = f"{escape(message.date)}, to {escape(message.to)}"
    return f"<article><h2>{escape(message.subject)}</h2><p>{about}</p><pre>{linked}</pre></article>\n"
