"""Corpus of hostile requests: bodies, and the code of the error that each gets before any statement is sent."""

import orjson

MEBIBYTE = 1_048_576
BOUND, COST, PARSE, VALIDATION, INPUT, BAD = (
    *("REQUEST_LIMIT_EXCEEDED", "COST_LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED"),
    *("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "BAD_REQUEST"),
)


def query(text: str, **variables: object) -> bytes:
    return orjson.dumps({"query": text, "variables": variables})


def twice(count: int) -> str:
    """Return fragments that each spread the next one twice."""
    spreads = [
        f"fragment F{n} on Task {{ a: parent {{ ...F{n + 1} }} b: parent {{ ...F{n + 1} }} }}" for n in range(count)
    ]
    return f"{{ tasks {{ nodes {{ ...F0 }} }} }} {' '.join(spreads)} fragment F{count} on Task {{ id }}"


LISTS = "tasks(first: 100) { nodes { assignee { "
AMPLIFIED = "{ " + LISTS * 4 + "tasks { totalCount }" + " } } }" * 4 + " }"
TYPES = "{ __schema { types { " + "fields { type { " * 12 + "name" + " } }" * 12 + " } } }"
ALIASED = "{ " + " ".join(f"a{n}: tasks(first: 1) {{ nodes {{ id }} }}" for n in range(150)) + " }"
BY_ID = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

HOSTILE: dict[str, tuple[bytes, set[str]]] = {
    "150 aliased lists": (query(ALIASED), {BOUND}),
    "100 log-ins": (
        query(
            "mutation { "
            + " ".join(f'a{n}: logIn(input: {{email: "a", password: "b"}}) {{ token }}' for n in range(100))
            + " }"
        ),
        {BOUND},
    ),
    "4,000 equal fields": (query("{ " + "viewer " * 4_000 + "}"), {BOUND}),
    "1,200 equal lists": (query("{ " + "tasks { totalCount } " * 1_200 + "}"), {BOUND}),
    "300 directives": (query("{ viewer " + "@include(if: true) " * 300 + "{ role } }"), {BOUND}),
    "300 unknown directives": (query("{ viewer " + "@a " * 300 + "{ role } }"), {BOUND}),
    "exponential fragments": (query(twice(60)), {BOUND}),
    "40 fragments twice each": (query(twice(40)), {BOUND, COST}),
    "a cycle of fragments": (
        query("{ tasks { nodes { ...F } } } fragment F on Task { parent { ...F } }"),
        {VALIDATION},
    ),
    "200 operations": (query(" ".join(f"query Q{n} {{ viewer {{ role }} }}" for n in range(200))), {BOUND}),
    "nesting of 400": (query("{ tasks { nodes " + "{ parent " * 400 + "{ id }" + " }" * 401 + " }"), {BOUND, PARSE}),
    "nested filters": (query("{ tasks(filter: " + "{not: " * 400 + "{}" + "}" * 400 + ") { totalCount } }"), {PARSE}),
    "100 million records": (query(AMPLIFIED), {COST}),
    "a circular introspection": (query(TYPES), {BOUND, COST}),
    "a mebibyte of braces": (b"{" * MEBIBYTE, {BAD}),
    "900,000 braces": (b"{" * 900_000, {BAD}),
    "a document of 900,000 braces": (query("{" * 900_000), {BOUND}),
    "a document of 90,000 braces": (query("{" * 90_000), {PARSE}),
    "900,000 spaces": (query("{ viewer { role } }" + " " * 900_000), {BOUND}),
    "90,000 unknown fields": (query("{ " + "ab " * 30_000 + "}"), {PARSE}),
    "1,600 unknown fields": (query("{ " + " ".join(f"f{n}" for n in range(1_600)) + " }"), {BOUND}),
    "invalid UTF-8": (b'{"query": "{ viewer { role } }\xff"}', {BAD}),
    "a lone surrogate": (b'{"query": "{ tasks(filter: {title: {eq: \\"\\ud800\\"}}) { totalCount } }"}', {BAD, INPUT}),
    "NaN": (b'{"query": "{ viewer { role } }", "variables": {"n": NaN}}', {BAD}),
    "a number of 5,000 digits": (
        query("query ($n: Int) { tasks(first: $n) { totalCount } }")[:-3] + b'{"n": ' + b"9" * 5_000 + b"}}",
        {BAD, INPUT},
    ),
    "a literal of 5,000 digits": (query("{ tasks(first: " + "9" * 5_000 + ") { totalCount } }"), {VALIDATION, INPUT}),
    "1e400": (query("{ tasks(first: 1e400) { totalCount } }"), {VALIDATION}),
    "NUL": (query('{ tasks(filter: {title: {eq: "\\u0000"}}) { totalCount } }'), {INPUT}),
    "900 nested lists": (
        b'{"query": "{ viewer { role } }", "variables": {"a": ' + b"[" * 900 + b"]" * 900 + b"}}",
        {BOUND},
    ),
    "100,000 variables": (query(BY_ID, ids=["1"] * 100_000), {BOUND}),
    "4,000 ids": (query(BY_ID, ids=["1"] * 4_000), {COST, INPUT}),
    "11 operations in a batch": (orjson.dumps([{"query": "{ viewer { role } }"}] * 11), {BAD}),
    "a batch of amplified operations": (orjson.dumps([{"query": AMPLIFIED}] * 10), {COST}),
    "a batch of batches": (orjson.dumps([[{"query": "{ viewer { role } }"}]]), {BAD}),
}
"""Bodies by name, with the codes of their errors."""
