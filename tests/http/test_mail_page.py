"""Page with the messages that a development server has written to files."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from graphql_app.mail.files import mail_directory, note_failure, write_message
from graphql_app.mail.outbox import Mail, composed
from tests.http.conftest import Serve
from tests.http.toy import toy_settings

BROWSER = {"accept": "text/html"}
PRODUCTION = {"env": "production", "database_url": "postgresql://workline_app@127.0.0.1/none"}
TEXT = "To accept, open this page:\n\nhttps://app.example/accept#token=a-b_c\n\n<script>alert(1)</script>\n"


def settings(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    return {"env": "development", "data_dir": tmp_path, "playground": True, **changes}


async def test_messages_are_shown_escaped_with_links_the_newest_first(serve: Serve, tmp_path: Path) -> None:
    directory = mail_directory(toy_settings(**settings(tmp_path)))
    for subject in ("First", "Second & last"):
        write_message(directory, composed(Mail("ada@north.example", subject, TEXT), "workline@example.com").as_bytes())
    note_failure(directory, datetime.now(UTC), "ada@north.example", "Third", "TimeoutError: <slow>")
    response = await (await serve(**settings(tmp_path))).get("/mail", headers=BROWSER)
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    shown = response.text
    assert shown.index("Third") < shown.index("Second &amp; last") < shown.index("First")
    assert '<a href="https://app.example/accept#token=a-b_c">https://app.example/accept#token=a-b_c</a>' in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "Not sent: TimeoutError: &lt;slow&gt;" in shown
    assert "<script" not in shown


@pytest.mark.parametrize("changes", [PRODUCTION, {"env": "test"}, {"smtp_host": "mail.example"}], ids=str)
async def test_no_messages_are_shown_elsewhere(serve: Serve, tmp_path: Path, changes: dict[str, Any]) -> None:
    client = await serve(**settings(tmp_path, **changes))
    assert (await client.get("/mail", headers=BROWSER)).status_code == 404
    assert "server-timing" not in (await client.get("/graphql", headers=BROWSER)).headers


async def test_the_playground_learns_from_a_header_that_there_is_the_page(serve: Serve, tmp_path: Path) -> None:
    client = await serve(**settings(tmp_path))
    page = await client.get("/graphql", headers=BROWSER)
    assert page.headers["server-timing"] == "mail"
    cached = await client.get("/graphql", headers=BROWSER | {"if-none-match": page.headers["etag"]})
    assert (cached.status_code, cached.headers["server-timing"]) == (304, "mail")
    assert "There is no message." in (await client.get("/mail", headers=BROWSER)).text
