"""Documents that differ only in literals: shared, with the same bytes as unshared ones."""

from decimal import Decimal
from typing import Any

import pytest
from graphql import IntValueNode, ObjectFieldNode, StringValueNode, Visitor, parse, visit
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.sql.compiler import SQLCompiler

from graphql_app.execution import parameterization as literals_module
from graphql_app.execution.caches import CacheLimits
from graphql_app.execution.documents import DocumentCache
from graphql_app.execution.parameterization import split
from graphql_app.execution.request import GraphQLRequest
from graphql_app.execution.validation import Validator
from graphql_app.types.schema import Api
from graphql_app.viewer import Viewer
from tests.engine.datasets import library
from tests.engine.examples import examples
from tests.engine.toy_api import viewer_of
from tests.plan.demo_values import DemoWorld
from tests.plan.differential import Both
from tests.plan.documents.selections import documents
from tests.plan.documents.tree import Document
from tests.plan.test_random_documents import TOY
from tests.plan.toy_values import toy_pools, viewers

LARGE = library("large").organization
BOOK, SHELF = str(library("large").rows["books"][0]["id"]), str(library("large").rows["shelves"][0]["id"])
OTHER = str(library("large").rows["books"][1]["id"])

ALIKE: dict[str, tuple[str, str]] = {
    "an id": (f'{{ book(id: "{BOOK}") {{ title }} }}', f'{{ book(id: "{OTHER}") {{ title }} }}'),
    "an invalid id": (f'{{ book(id: "{BOOK}") {{ title }} }}', '{ book(id: "none") { title } }'),
    "an id as a number": (f'{{ book(id: "{BOOK}") {{ title }} }}', "{ book(id: 123) { title } }"),
    "an error on a later line, after longer literals": (
        '{\n a: books(filter: {title: {eq: "a"}}) { totalCount }\n b: books(after: "b") { totalCount } }',
        '{\n a: books(filter: {title: {eq: "much longer"}}) { totalCount }\n b: books(after: "bad") { totalCount } }',
    ),
    "an error after a block string of several lines": (
        '{ a: books(filter: {title: {eq: """a"""}}) { totalCount } b: books(after: "b") { totalCount } }',
        '{ a: books(filter: {title: {eq: """a\n\n\nb"""}}) { totalCount } b: books(after: "b") { totalCount } }',
    ),
    "an error on the line of another literal": (
        '{ a: books(filter: {title: {eq: "a"}}) { totalCount } b: books(after: "b") { totalCount } }',
        '{ a: books(filter: {title: {eq: "aaaaaaaa"}}) { totalCount } b: books(after: "cc") { totalCount } }',
    ),
    "escapes": (
        '{ books(filter: {title: {neq: "a"}}) { totalCount } }',
        r'{ books(filter: {title: {neq: "\u00e9\"\n\u{1F600}"}}) { totalCount } }',
    ),
    "a string that cannot be stored": (
        '{ books(filter: {title: {neq: "a"}}) { totalCount } }',
        r'{ books(filter: {title: {neq: "\u0000"}}) { totalCount } }',
    ),
    "a block string": (
        '{ books(filter: {title: {neq: "a"}}) { totalCount } }',
        '{ books(filter: {title: {neq: """\n   a\n     b "c" \\""" # d\n   """}}) { totalCount } }',
    ),
    "comments and commas": (
        '{ books(filter: {title: {neq: "a"}},,) { # one "\n totalCount } }',
        '{ books(filter: {title: {neq: "b"}},,) { # another "quoted" 5\n totalCount } }',
    ),
    "a comment in the place of a literal": (
        '{ books(filter: {title: {neq: "a"\n}}) { totalCount } }',
        "{ books(filter: {title: {neq: #5\n}}) { totalCount } }",
    ),
    "a literal in the place of a comment": (
        '{ books(filter: {title: {neq: "a" #5\n}}) { totalCount } }',
        '{ books(filter: {title: {neq: "a" 5\n}}) { totalCount } }',
    ),
    "a number": (
        "{ books(filter: {pages: {gt: 1}}) { totalCount } }",
        "{ books(filter: {pages: {gt: -20}}) { totalCount } }",
    ),
    "a number out of range": (
        "{ books(filter: {pages: {gt: 1}}) { totalCount } }",
        "{ books(filter: {pages: {gt: 2147483648}}) { totalCount } }",
    ),
    "a fraction for an Int": (
        "{ books(filter: {pages: {gt: 1}}) { totalCount } }",
        "{ books(filter: {pages: {gt: 1.0}}) { totalCount } }",
    ),
    "a string for an Int": (
        "{ books(filter: {pages: {gt: 1}}) { totalCount } }",
        '{ books(filter: {pages: {gt: "1"}}) { totalCount } }',
    ),
    "a number that is no token": (
        "{ books(filter: {pages: {gt: 1}}) { totalCount } }",
        "{ books(filter: {pages: {gt: 01}}) { totalCount } }",
    ),
    "a decimal": (
        '{ books(filter: {price: {gt: "1.5"}}) { totalCount } }',
        '{ books(filter: {price: {gt: "x"}}) { totalCount } }',
    ),
    "a decimal as a number": (
        "{ books(filter: {price: {gt: 1}}) { totalCount } }",
        "{ books(filter: {price: {gt: 1.5}}) { totalCount } }",
    ),
    "a moment without an offset": (
        '{ books(filter: {publishedAt: {gt: "2020-01-01T00:00:00Z"}}) { totalCount } }',
        '{ books(filter: {publishedAt: {gt: "2020-01-01T00:00:00"}}) { totalCount } }',
    ),
    "a list": (
        '{ books(filter: {title: {in: ["a", "b"]}}) { totalCount } }',
        '{ books(filter: {title: {in: ["c", "c"]}}) { totalCount } }',
    ),
    "one value for a list": (
        '{ books(filter: {title: {in: "a"}}) { totalCount } }',
        '{ books(filter: {title: {in: "b"}}) { totalCount } }',
    ),
    "a literal and null": (
        '{ books(filter: {title: {eq: "a"}}) { totalCount } }',
        "{ books(filter: {title: {eq: null}}) { totalCount } }",
    ),
    "the size of a page": ("{ books(first: 2) { nodes { title } } }", "{ books(first: 3) { nodes { title } } }"),
    "a page size out of range": (
        "{ books(first: 2) { nodes { title } } }",
        "{ books(first: 5000) { nodes { title } } }",
    ),
    "fields that are merged if their arguments are equal": (
        '{ books(filter: {title: {neq: "a"}}) { totalCount } books(filter: {title: {neq: "a"}}) { totalCount } }',
        '{ books(filter: {title: {neq: "a"}}) { totalCount } books(filter: {title: {neq: "b"}}) { totalCount } }',
    ),
    "fragments that are used twice": (
        '{ a: books(first: 1) { ...F } b: books(first: 2) { ...F } } '
        'fragment F on BookConnection { nodes { notes(filter: {body: {neq: "a"}}) { totalCount } } }',
        '{ a: books(first: 1) { ...F } b: books(first: 2) { ...F } } '
        'fragment F on BookConnection { nodes { notes(filter: {body: {neq: "bb"}}) { totalCount } } }',
    ),
    "a default of a variable": (
        'query ($t: String = "a") { books(filter: {title: {eq: $t, neq: "x"}}) { totalCount } }',
        'query ($t: String = "b") { books(filter: {title: {eq: $t, neq: "y"}}) { totalCount } }',
    ),
    "an invalid variable": (
        'query ($n: Int!) { books(filter: {pages: {gt: $n}, title: {neq: "x"}}) { totalCount } }',
        'query ($n: Int!) { books(filter: {pages: {gt: $n}, title: {neq: "long"}}) { totalCount } }',
    ),
    "a directive": (
        '{ books(filter: {title: {neq: "a"}}) { totalCount @include(if: true) } }',
        '{ books(filter: {title: {neq: "b"}}) { totalCount @include(if: false) } }',
    ),
    "an enum": (
        '{ books(filter: {genre: {eq: NOVEL}, title: {neq: "a"}}) { totalCount } }',
        '{ books(filter: {genre: {eq: POEMS}, title: {neq: "b"}}) { totalCount } }',
    ),
    "introspection": (
        '{ __type(name: "Book") { name fields { name } } }',
        '{ __type(name: "Shelf") { name fields { name } } }',
    ),
    "names with digits": (
        '{ b1: books(filter: {title: {neq: "a"}}) { t2: totalCount } }',
        '{ b1: books(filter: {title: {neq: "b"}}) { t3: totalCount } }',
    ),
    "a filter with too many conditions": (
        '{ books(filter: {title: {in: ["a"]}}) { totalCount } }',
        '{ books(filter: {title: {in: ["a", "b", "c"]}}) { totalCount } }',
    ),
    "adjacent strings": (
        '{ books(filter: {title: {in: ["a""b"]}}) { totalCount } }',
        '{ books(filter: {title: {in: [""""b"]}}) { totalCount } }',
    ),
    "a number before a name": (
        '{ books(filter: {id: {eq:"a"neq:"b"}}) { totalCount } }',
        '{ books(filter: {id: {eq:5neq:"b"}}) { totalCount } }',
    ),
    "a number with a leading zero": (
        '{ books(filter: {id: {eq:"a"neq:"b"}}) { totalCount } }',
        '{ books(filter: {id: {eq:"a"neq:007}}) { totalCount } }',
    ),
    "a number with two fractions": (
        '{ books(filter: {id: {eq:"a" neq:"b"}}) { totalCount } }',
        '{ books(filter: {id: {eq:5 neq:1.2.3}}) { totalCount } }',
    ),
    "several ids": (
        f'{{ nodes(ids: ["{BOOK}", "{SHELF}"]) {{ id ... on Book {{ title }} }} }}',
        f'{{ nodes(ids: ["{SHELF}", "none"]) {{ id ... on Book {{ title }} }} }}',
    ),
    "an argument of a mutation": (
        f'mutation {{ changeBook(input: {{id: "{BOOK}", title: "", expectedVersion: 1}}) {{ errors {{ path }} }} }}',
        'mutation { changeBook(input: {id: "none", title: "", expectedVersion: 2}) { errors { path } } }',
    ),
}  # fmt: skip


@pytest.fixture
def kept(both_toys: Both) -> DocumentCache:
    """Return the documents of the executor with plans, with empty caches."""
    found = both_toys.planned._documents
    found._documents.clear()
    found._shapes.clear()
    return found


@pytest.mark.parametrize(("first", "second"), ALIKE.values(), ids=list(ALIKE))
async def test_documents_of_one_shape_equal_unshared_ones(
    both_toys: Both, kept: DocumentCache, first: str, second: str
) -> None:
    for text in (first, second, second, first, second):
        kept._documents.clear()
        await both_toys.fetch(text, viewer_of(LARGE))


@pytest.mark.parametrize("name", ["an id", "a list", "a comment in the place of a literal", "a number", "a decimal"])
async def test_texts_that_differ_in_literals_are_validated_and_compiled_once(
    kept: DocumentCache, both_toys: Both, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    first, _ = ALIKE[name]
    texts = [first.replace("{", "{" + f" #{index}\n", 1) for index in range(20)]
    for text in texts[:2]:
        await both_toys.planned.execute(GraphQLRequest(text), viewer=viewer_of(LARGE))
    monkeypatch.setattr(Validator, "read", refuse)
    monkeypatch.setattr(SQLCompiler, "__init__", refuse)
    for text in texts[2:]:
        response = await both_toys.planned.execute(GraphQLRequest(text), viewer=viewer_of(LARGE))
        assert response.body["data"]
    assert (len(kept._documents), len(kept._shapes)) == (1, 1)


def refuse(*_: object, **__: object) -> None:
    raise AssertionError("This was done before.")


VARIED = {
    '{ books(filter: {title: {contains: "%s"}}) { totalCount } }': 1,
    "{ books(filter: {pages: {gt: %s}}) { totalCount } }": 1,
    "{ books(filter: {price: {gt: %s}}, first: 3) { totalCount } }": 1,
    '{ books(filter: {title: {in: ["%s", "x"]}}) { nodes { id } } }': 1,
    'mutation { changeBook(input: {id: "%s"}) @idempotent(key: "k") { errors { code } } }': 1,
    'mutation { changeBook(input: {id: "x"}) @idempotent(key: "%s") { errors { code } } }': 1,
    "{ books(first: %s) { totalCount } }": 3,
    '{ __type(name: "%s") { name } }': 3,
    'query ($t: String = "%s") { books(filter: {title: {eq: $t}}) { totalCount } }': 3,
}


@pytest.mark.parametrize(("form", "count"), VARIED.items())
async def test_a_literal_is_parameterized_unless_more_than_a_value_depends_on_it(
    kept: DocumentCache, form: str, count: int
) -> None:
    await kept.read(form % 1)
    found = [(await kept.read(form % value))[0] for value in (2, 3, 4, 2, 3, 4)]
    assert len({id(document) for document in found}) == count


async def test_values_are_read_by_the_rules_for_literals(kept: DocumentCache) -> None:
    form = "{ books(filter: {title: {eq: %s, in: %s}, pages: {lt: %s}, price: {lt: %s}, id: {eq: %s}}) { totalCount } }"
    for values in (('"a"', '["b"]', "1", "2", '"c"'), (r'"\u0061"', '["""  b"""]', "-0", '"2.50"', "5")):
        _, literals = await kept.read(form % values)
    assert literals is not None
    assert list(literals.values.values()) == ["a", "  b", 0, Decimal("2.50"), "5"]


async def test_the_numbers_of_documents_per_shape_and_in_total_are_bounded(
    built: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(literals_module, "MOST_VARIANTS", 5)
    kept = DocumentCache(built.graphql_schema, introspection=True, caches=CacheLimits(documents=3))
    for size in range(20):
        text = f'{{ books(first: {size}, filter: {{title: {{eq: "{size}"}}}}) {{ totalCount }} }}'
        document, _ = await kept.read(text)
        assert size == 0 or (await kept.read(text))[0] is document
        (shape,) = kept._shapes.values()
        assert len(shape.variants) == min(size, 5)
        assert kept._shapes.size == shape.size
    for number in range(10):
        await kept.read(f'{{ a{number}: books(filter: {{title: {{eq: "a"}}}}) {{ totalCount }} }}')
    assert (len(kept._shapes), len(kept._documents)) == (3, 3)


async def test_the_bytes_of_the_documents_of_a_shape_are_bounded(built: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(literals_module, "LARGEST", 30_000)
    kept = DocumentCache(built.graphql_schema, introspection=True)
    for size in range(20):
        await kept.read(f'{{ books(first: {size}, filter: {{title: {{eq: "{size}"}}}}) {{ totalCount }} }}')
    (shape,) = kept._shapes.values()
    assert 1 < len(shape.variants) < 19
    assert kept._shapes.size == shape.size <= 30_000


async def test_shapes_count_toward_the_bytes_of_documents(built: Api) -> None:
    caches = CacheLimits(document_bytes=100_000)
    kept = DocumentCache(built.graphql_schema, introspection=True, caches=caches)
    for name in range(30):
        for value in range(3):
            await kept.read(f'{{ a{name}: books(filter: {{title: {{eq: "{value}"}}}}) {{ totalCount }} }}')
    sizes = [each.size for cache in (kept._documents, kept._shapes) for each in cache.values()]
    assert kept._documents.size + kept._shapes.size == sum(sizes) <= caches.document_bytes
    assert kept._shapes


TIGHT = "{ books(filter:{id:{eq:%sneq:%s}title:{in:[%s%s]eq:%s}pages:{gt:%s}}) { totalCount } }"
VALUES = ('"a"', '"b"', '"c"', '"d"', '"e"', "5")
PIECES = st.sampled_from(['"', '""', '"x"', '"""', "\\", "#", "\n", "-", "0", "1", "12", ".", "e", "a", " ", ",", "5 "])


@pytest.fixture(scope="module")
async def tight(built: Api) -> DocumentCache:
    """Documents with a shape in which literals and names are adjacent."""
    kept = DocumentCache(built.graphql_schema, introspection=True)
    for first in ('"a"', '"b"'):
        await kept.read(TIGHT % (first, *VALUES[1:]))
    (shape,) = kept._shapes.values()
    assert shape.variants
    return kept


@examples(250)
@given(place=st.integers(0, len(VALUES) - 1), literal=st.lists(PIECES, min_size=1, max_size=3).map("".join))
def test_a_shape_matches_only_texts_with_the_same_tokens(tight: DocumentCache, place: int, literal: str) -> None:
    text = TIGHT % (*VALUES[:place], literal, *VALUES[place + 1 :])
    between, tokens = split(text)
    shape = tight._shapes.get(between)
    keyed = None if shape is None else shape.key(tokens)
    if keyed is not None:
        collected = Collected()
        visit(parse(text), collected)
        names, values = keyed
        assert [values[name] for name in names if name != "#"] == collected.values


class Collected(Visitor):
    """Visitor that collects the values of a document's literals in order."""

    def __init__(self) -> None:
        super().__init__()
        self.values: list[Any] = []

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        self.values.append(node.value)

    def enter_int_value(self, node: IntValueNode, _key: Any, _parent: Any, _path: Any, ancestors: Any) -> None:
        names = [each.name.value for each in ancestors if isinstance(each, ObjectFieldNode)]
        self.values.append(int(node.value) if "pages" in names else node.value)


@given(st.text(st.sampled_from('"\\#-.0129ea \n{(:'), max_size=30))
def test_a_text_is_split_without_loss(text: str) -> None:
    between, tokens = split(text)
    ends = [*tokens, *[""] * (len(between) - len(tokens))]
    assert "".join(part for pair in zip(between, ends, strict=True) for part in pair) == text


@pytest.mark.parametrize("part", ['"', '\\"', '"\\', "1", '"""', '"""a', "-", "1.", "a1", '" '])
def test_a_text_is_split_in_linear_time(part: str) -> None:
    """With quadratic time, this test would exceed its timeout."""
    for text in (part * 300_000, '"' + part * 300_000, '"""' + part * 300_000):
        between, tokens = split(text)
        assert sum(map(len, between)) + sum(map(len, tokens)) == len(text)


async def ask_variants(both: Both, document: Document, viewer: Viewer, draw: st.DataObject) -> None:
    """Execute a document, and variants with other comments and positions of its literals."""
    both.planned._documents._shapes.clear()
    for comment in ("# a\n", "# and\n"):
        await both.fetch(comment + document.text, viewer, **document.values)
    shapes = list(both.planned._documents._shapes.values())
    if not shapes:
        return  # invalid, or without literals and comments
    (shape,) = shapes
    text = "# other\n" + document.text
    between, tokens = split(text)
    places: dict[Any, list[int]] = {}
    for index, read in enumerate(shape.reads or ()):
        if read is not None:
            places.setdefault(read, []).append(index)
    moved = list(tokens)
    for indexes in places.values():
        for place, source in zip(indexes, draw.draw(st.permutations(indexes)), strict=True):
            moved[place] = tokens[source]
    ends = [*moved, *[""] * (len(between) - len(moved))]
    other = "".join(part for pair in zip(between, ends, strict=True) for part in pair)
    await both.fetch(other, viewer, **document.values)


@examples(30)
@given(data=st.data(), document=documents(TOY, toy_pools()), viewer=st.sampled_from(viewers()))
async def test_random_documents_of_the_toy(
    both_toys: Both, data: st.DataObject, document: Document, viewer: Viewer
) -> None:
    await ask_variants(both_toys, document, viewer, data)


@examples(20)
@given(data=st.data())
async def test_random_documents_of_the_real_schema(
    both_demos: Both, workline_api: Api, demo_world: DemoWorld, data: st.DataObject
) -> None:
    document = data.draw(documents(workline_api.graphql_schema, demo_world.pools))
    await ask_variants(both_demos, document, data.draw(st.sampled_from(demo_world.viewers)), data)
