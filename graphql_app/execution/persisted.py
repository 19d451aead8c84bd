"""Persisted documents: a request contains a document's id in place of its text.

Trusted documents come from manifests, which are loaded at startup, and from the database, which all processes share.
Automatic documents are registered in each process, by requests that contain both a text and its SHA-256 hash (Apollo's
automatic persisted queries). Stored and automatic documents are cached separately for clients with and without a token,
so that the latter cannot evict the documents of the former.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from graphql_app.errors import RequestError
from graphql_app.execution.caches import SizedCache
from graphql_app.execution.request import GraphQLRequest
from graphql_app.execution.stored_documents import DEFAULT_LIMITS, DocumentLimits, Find, StoredDocuments

PersistedMode = Literal["off", "automatic", "trusted"]
SHA256 = "sha256:"
"""Prefix of an id that is a hash, in the appendix "Persisted Documents" of GraphQL over HTTP."""


class PersistedQueryNotSupported(RequestError):
    """Document id sent to a server with persisted documents turned off. Clients then send the text."""

    code = "PERSISTED_QUERY_NOT_SUPPORTED"
    message = "PersistedQueryNotSupported"


class PersistedQueryNotFound(RequestError):
    """Unknown hash of an automatic persisted query. Clients then send the text with the hash."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    message = "PersistedQueryNotFound"


class DocumentNotFound(RequestError):
    """Unknown ``documentId`` or ``doc_id``."""

    code = "PERSISTED_DOCUMENT_NOT_FOUND"
    message = "No document has this id. Push the manifest that contains it, or send the text as `query`."


class UntrustedDocument(RequestError):
    """Text that is not trusted, on a server that executes only trusted documents."""

    code = "QUERY_NOT_IN_SAFELIST"
    message = "Only trusted documents are executed. Add the document to a manifest and push it."


class HashMismatch(RequestError):
    """Text that does not match its hash."""

    code = "PERSISTED_QUERY_HASH_MISMATCH"
    message = "`extensions.persistedQuery.sha256Hash` is not the SHA-256 hash of `query`."


class TrustedDocuments:
    """Documents of manifests, by id and by hash."""

    def __init__(self, documents: Iterable[tuple[str, str]] = ()) -> None:
        self._texts: dict[str, str] = {}
        for id, text in documents:
            self._texts[id.removeprefix(SHA256)] = self._texts[hash_of(text)] = text
        self._known = frozenset(self._texts.values())

    def __len__(self) -> int:
        return len(self._known)

    def __contains__(self, text: str) -> bool:
        return text in self._known

    def find(self, id: str) -> str | None:
        """Return the text of the document with this id, or None."""
        return self._texts.get(id)


@dataclass(frozen=True, slots=True)
class AutomaticText:
    """Text of an automatic document."""

    text: str

    @property
    def size(self) -> int:
        """Approximate bytes, including the hash."""
        return 200 + len(self.text)


class AutomaticDocuments:
    """Cache of texts by their hashes. The least recently used text is evicted first."""

    def __init__(self, limits: DocumentLimits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._texts = SizedCache[str, AutomaticText]()

    def __len__(self) -> int:
        return len(self._texts)

    def use(self, id: str) -> str | None:
        """Return the text with this hash, which becomes the most recently used, or None."""
        found = self._texts.use(id)
        return None if found is None else found.text

    def find(self, id: str) -> str | None:
        """Return the text with this hash, or None, without changing the eviction order."""
        found = self._texts.get(id)
        return None if found is None else found.text

    def add(self, id: str, text: str) -> None:
        """Add a text by its hash."""
        new = AutomaticText(text)
        if new.size > self._limits.bytes:
            return
        self._texts[id] = new
        self._texts.count(id)
        while len(self._texts) > self._limits.documents or self._texts.size > self._limits.bytes:
            self._texts.evict()


class DocumentCaches:
    """Persisted documents of one kind of viewer: automatic ones, and stored ones if ``find`` looks them up."""

    def __init__(self, limits: DocumentLimits, find: Find | None) -> None:
        self.automatic = AutomaticDocuments(limits)
        self.stored = None if find is None else StoredDocuments(find, limits)


class PersistedDocuments:
    """Trusted and automatic documents of one executor.

    In mode ``automatic``, any text may be sent, and registered by its hash. In mode ``trusted``, only texts and ids of
    manifests and of the database are accepted. In mode ``off``, ids are rejected.
    """

    def __init__(
        self,
        mode: PersistedMode = "automatic",
        trusted: TrustedDocuments | None = None,
        limits: DocumentLimits = DEFAULT_LIMITS,
        find: Find | None = None,
    ) -> None:
        self.mode = mode
        self._trusted = trusted or TrustedDocuments()
        self.anonymous, self.authenticated = DocumentCaches(limits, find), DocumentCaches(limits, find)

    async def text(self, request: GraphQLRequest, *, is_anonymous: bool) -> str:
        """Return the text of a request's document.

        Raises a RequestError if its id is unknown or does not fit its text, or if the text is not trusted; and the
        errors of the lookup of a stored document.
        """
        text = request.query
        if self.mode != "off" and request.document_id is not None and not text:
            return await self._find(request.document_id, request.is_automatic, is_anonymous)
        if not text:
            raise PersistedQueryNotSupported
        if request.is_automatic and self.mode != "off" and request.document_id != hash_of(text):
            raise HashMismatch
        if self.mode == "trusted" and not await self._is_trusted(text, is_anonymous):
            raise UntrustedDocument
        return text

    def register(self, request: GraphQLRequest, *, is_anonymous: bool) -> None:
        """Register the text of a request that was admitted, if it was sent with its hash."""
        if self.mode == "automatic" and request.is_automatic and request.query and request.document_id is not None:
            self._caches(is_anonymous).automatic.add(request.document_id, request.query)

    async def _find(self, id: str, is_automatic: bool, is_anonymous: bool) -> str:
        key = id.removeprefix(SHA256)
        text = self._trusted.find(key)
        if text is None and self.mode == "automatic":
            own, other = self._caches(is_anonymous).automatic, self._caches(not is_anonymous).automatic
            text = own.use(key) or other.find(key)
        if text is None:
            text = await self._stored(key, is_anonymous)
        if text is None:
            raise PersistedQueryNotFound if is_automatic else DocumentNotFound
        return text

    async def _is_trusted(self, text: str, is_anonymous: bool) -> bool:
        return text in self._trusted or await self._stored(hash_of(text), is_anonymous) == text

    async def _stored(self, key: str, is_anonymous: bool) -> str | None:
        stored = self._caches(is_anonymous).stored
        return None if stored is None else await stored.find(key)

    def _caches(self, is_anonymous: bool) -> DocumentCaches:
        return self.anonymous if is_anonymous else self.authenticated


def hash_of(text: str) -> str:
    """Return the SHA-256 hash of a text, in lower-case hexadecimal digits.

    A lone surrogate, which UTF-8 cannot encode, is hashed unchanged.
    """
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
