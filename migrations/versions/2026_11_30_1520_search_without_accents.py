"""Search vectors without accents, so that ``cafe`` finds ``café``.

PostgreSQL rewrites a table to replace a stored column, and blocks reads of the table meanwhile: about a minute for a
million tasks of 35 words. Migrate a table of that size outside working hours.
"""

from alembic import op

from graphql_app.migrations.tables import run

revision = "c58d0b7e92a4"
down_revision = "b6d3f09a51c7"
branch_labels = None
depends_on = None

SEPARATORS = (
    r"[-/.@+<&~\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u2000-\u206f\u20a0-\u20cf"
    r"\u2190-\u2bff\u3000-\u3004\u3008-\u3020\u3030\ufe00-\ufe0f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40"
    r"\uff5b-\uff65\U0001f000-\U0001faff]"
)
MARKS = r"[\u0300-\u036f]+"
LETTERS = ("ØøŁłĐđĦħŦŧı", "OoLlDdHhTti")
LIGATURES = (("ß", "ss"), ("ẞ", "SS"), ("Æ", "AE"), ("æ", "ae"), ("Œ", "OE"), ("œ", "oe"), ("Þ", "TH"), ("þ", "th"))
TABLES = {
    "tasks": ("title and description", {"title": "A", "coalesce(description, '')": "B"}),
    "posts": ("title and body", {"title": "A", "body": "B"}),
    "comments": ("body", {"body": "B"}),
    "workers": ("name", {"name": "A"}),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    replace_vectors(accents=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '3s'")
    op.execute("SET LOCAL statement_timeout = '10min'")
    replace_vectors(accents=True)


def replace_vectors(*, accents: bool) -> None:
    """Replace the search vectors by those of the texts with or without accents."""
    for table, (names, weights) in TABLES.items():
        weighed = [weighed_words(text if accents else folded(text), weight) for text, weight in weights.items()]
        vector = " || ".join([*weighed, "array_to_tsvector(ARRAY['@' || organization_id::text])"])
        run(
            [
                f"ALTER TABLE {table} DROP COLUMN search_vector",
                f"ALTER TABLE {table} ADD COLUMN search_vector tsvector GENERATED ALWAYS AS ({vector}) STORED",
                f"COMMENT ON COLUMN {table}.search_vector IS 'Search vector of {names}, with the organization.'",
                f"CREATE INDEX ix_{table}_search_vector ON {table} USING gin (search_vector)",
            ]
        )


def weighed_words(text: str, weight: str) -> str:
    """Return the expression of the words of a text with their weight."""
    return f"setweight(to_tsvector('simple', regexp_replace({text}, '{SEPARATORS}', ' ', 'g')), '{weight}')"


def folded(text: str) -> str:
    """Return the expression of a text without accents."""
    expression = f"normalize(regexp_replace(normalize({text}, NFKD), '{MARKS}', '', 'g'), NFC)"
    expression = f"translate({expression}, '{LETTERS[0]}', '{LETTERS[1]}')"
    for letter, letters in LIGATURES:
        expression = f"replace({expression}, '{letter}', '{letters}')"
    return expression
