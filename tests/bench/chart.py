"""Chart of the README: CPU per request, of the server and of PostgreSQL, with a panel for each operation."""

from collections.abc import Iterator
from html import escape
from pathlib import Path

from tests.bench.contestants import OURS
from tests.bench.operations import OPERATIONS
from tests.bench.report import TITLES
from tests.bench.results import Figures, Table

FILE = Path(__file__).parents[2] / "docs" / "images" / "bench.svg"
WIDTH, LEFT, BAR_WIDTH = 860, 230, 520
BAR, GAP, HEADING, TOP = 14, 5, 40, 64
CHARTED = ("task", "board", "nested", "list", "filters", "levels", "create", "bulk")
CLIPPED_AT = 3.2
"""A bar longer than this multiple of the median is clipped, and its number shows the value."""
STYLE = """
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 } .head { font-weight: 600 } .quiet { fill: #59636e }
  .server { fill: #8c959f } .postgres { fill: #d1d9e0 }
  .ours .server { fill: #0f7b6c } .ours .postgres { fill: #8fd0c6 } .ours text { font-weight: 600 }
"""


def draw(table: Table) -> None:
    """Write the chart."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(svg(table))


def svg(table: Table) -> str:
    """Return the chart as text."""
    y, parts = TOP, list[str]()
    for operation in CHARTED:
        rows = {name: row for name, row in table.get(operation, {}).items() if name in TITLES}
        if OURS not in rows:
            continue
        parts.append(f'<text class="head" x="20" y="{y + 22}">{escape(sentence(OPERATIONS[operation].title))}</text>')
        y += HEADING
        longest = limit(rows)
        for name, figures in rows.items():
            parts += bar(name, figures, y, longest)
            y += BAR + GAP
    height = y + 24
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
            'aria-label="CPU per request of Workline and others">',
            f"<style>{STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" rx="8" fill="#ffffff"/>',
            '<text class="title" x="20" y="32">Milliseconds of CPU per request</text>',
            '<text class="quiet" x="20" y="52">dark: the server, light: PostgreSQL; shorter is better</text>',
            *parts,
            "</svg>\n",
        ]
    )


def sentence(text: str) -> str:
    """Return ``text`` with a capital letter."""
    return text[:1].upper() + text[1:]


def limit(rows: dict[str, Figures]) -> float:
    """Return the value of the full width of a panel."""
    figures = sorted(each.cpu for each in rows.values())
    return min(figures[-1], CLIPPED_AT * figures[len(figures) // 2])


def bar(name: str, figures: Figures, y: int, longest: float) -> Iterator[str]:
    """Return one line of a panel: the server, its cost, and its requests per core and second."""
    server = min(figures.server_cpu / longest, 1.0) * BAR_WIDTH
    postgres = min(figures.cpu / longest, 1.0) * BAR_WIDTH - server
    cut = figures.cpu > longest
    base = y + BAR - 3
    yield f'<g class="{"ours" if name == OURS else "other"}">'
    yield f'<text x="{LEFT - 8}" y="{base}" text-anchor="end">{escape(TITLES[name])}</text>'
    yield f'<rect class="server" x="{LEFT}" y="{y}" width="{server:.1f}" height="{BAR}"/>'
    yield f'<rect class="postgres" x="{LEFT + server:.1f}" y="{y}" width="{postgres:.1f}" height="{BAR}"/>'
    if cut:
        x = LEFT + BAR_WIDTH - 24
        yield f'<path d="M{x} {y + BAR + 2} l8 -{BAR + 4} h6 l-8 {BAR + 4} z" fill="#ffffff"/>'
    yield f'<text x="{LEFT + server + postgres + 6:.1f}" y="{base}">{number(figures.cpu)}</text></g>'


def number(value: float) -> str:
    """Return a number with three significant digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
