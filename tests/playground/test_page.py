"""Built page: complete, up to date, and without requests to other origins."""

import base64
import gzip
import hashlib
import json
import re

import pytest

from graphql_app.playground import PlaygroundPage, load_page
from tests.playground.examples import SOURCE

DIST = SOURCE.parent / "dist"


@pytest.fixture(scope="module")
def page() -> PlaygroundPage:
    return load_page()


def test_both_encodings_contain_the_same_page(page: PlaygroundPage) -> None:
    assert gzip.decompress(page.gzip) == page.html
    assert page.html.startswith(b"<!doctype html>")
    assert b"<title>Workline</title>" in page.html


def test_the_policy_allows_only_the_page_s_own_script(page: PlaygroundPage) -> None:
    (script,) = re.findall(rb"<script>(.*?)</script>", page.html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in page.content_security_policy


def test_the_policy_allows_connections_only_to_the_page_s_own_origin(page: PlaygroundPage) -> None:
    assert "default-src 'none'" in page.content_security_policy
    assert "connect-src 'self'" in page.content_security_policy
    assert not re.search(r"https?:|\*", page.content_security_policy)


def test_markup_and_style_refer_only_to_the_page(page: PlaygroundPage) -> None:
    around_the_script = re.sub(rb"<script.*</script>", b"", page.html, flags=re.DOTALL)
    addresses = re.findall(rb"""(?:src|href)=["']?([^"'\s>]*)|url\(["']?([^)"']*)""", around_the_script)
    assert addresses
    assert all((link or image).startswith((b"data:", b"#")) for link, image in addresses)


def test_the_etag_is_the_digest_of_the_page(page: PlaygroundPage) -> None:
    assert page.etag == f'W/"{hashlib.sha256(page.html).hexdigest()[:32]}"'


def test_the_page_is_built_from_the_current_sources() -> None:
    """If this fails, the sources have changed: run `make playground` and commit `dist/` with them."""
    files = [path for folder in ("build", "examples", "src") for path in (SOURCE / folder).iterdir()]
    names = [path.relative_to(SOURCE).as_posix() for path in files]
    digest = hashlib.sha256()
    for name in sorted(["build.mjs", "package-lock.json", *names]):
        digest.update(name.encode() + b"\0" + (SOURCE / name).read_bytes() + b"\0")
    assert json.loads((DIST / "manifest.json").read_text("utf-8"))["sources"] == digest.hexdigest()


def test_every_package_in_the_page_is_listed_with_its_license() -> None:
    licenses = (DIST / "LICENSES.txt").read_text("utf-8")
    packages = json.loads((DIST / "manifest.json").read_text("utf-8"))["packages"]
    assert len(packages) > 50
    assert [
        package for package in packages if not re.search(f"^{re.escape(package)}: [A-Z0-9]", licenses, re.MULTILINE)
    ] == []


def test_the_lock_contains_no_urls() -> None:
    assert "://" not in (SOURCE / "package-lock.json").read_text("utf-8")
