"""Manifests of trusted documents, as Apollo, Relay and graphql-codegen write them when a client is built.

Apollo's manifest lists operations with their ids and bodies. Relay's and graphql-codegen's are JSON objects of texts by
id.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

APOLLO = "apollo-persisted-query-manifest"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """Document of a manifest."""

    id: str
    text: str
    file: Path


class ManifestError(Exception):
    """Manifest that cannot be read. The message contains the file."""


def read_manifests(paths: Iterable[Path]) -> list[ManifestEntry]:
    """Return the documents of manifests, which are files, or all JSON files of a directory. Raises ManifestError."""
    found: dict[str, ManifestEntry] = {}
    for entry in (entry for path in paths for file in _files(path) for entry in _entries(file)):
        other = found.setdefault(entry.id, entry)
        if other.text != entry.text:
            raise ManifestError(f"{entry.file}: the id {entry.id} belongs to another document in {other.file}.")
    return list(found.values())


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.json"))
    if not files:
        raise ManifestError(f"{path}: the directory contains no JSON file.")
    return files


def _entries(file: Path) -> Iterator[ManifestEntry]:
    try:
        manifest = orjson.loads(file.read_bytes())
    except OSError as error:
        raise ManifestError(f"{file}: {error.strerror}.") from None
    except orjson.JSONDecodeError as error:
        raise ManifestError(f"{file}: not valid JSON: {error.msg}.") from None
    for id, text in _documents(manifest, file):
        if not isinstance(id, str) or not id or not isinstance(text, str) or not text.strip():
            raise ManifestError(f"{file}: each document must have an id and a text.")
        yield ManifestEntry(id, text, file)


def _documents(manifest: object, file: Path) -> Iterable[tuple[object, object]]:
    """Return pairs of an id and a text, which may be any JSON."""
    if not isinstance(manifest, dict):
        raise ManifestError(f"{file}: not a manifest of Apollo, Relay or graphql-codegen.")
    if manifest.get("format") != APOLLO:
        return manifest.items()
    operations = manifest.get("operations")
    if manifest.get("version") != 1 or not isinstance(operations, list):
        raise ManifestError(f"{file}: not version 1 of Apollo's format.")
    return [(each.get("id"), each.get("body")) if isinstance(each, dict) else (None, None) for each in operations]
