"""Chart of docs/operations.md: latency of executed requests, by the number of connections."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

FILE = Path(__file__).parents[2] / "docs" / "images" / "overload.svg"
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 860, 360, 70, 70, 40, 50
LEAST, MOST = 0.01, 10.0
"""Seconds at the ends of the logarithmic axis."""
GRID = (0.01, 0.1, 1.0, 10.0)
COLORS = {"on": "#0f7b6c", "off": "#8c959f"}
TITLES = {"on": "with load shedding", "off": "without"}
STYLE = """
  text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328 }
  .title { font-size: 16px; font-weight: 600 } .quiet { fill: #59636e } .grid { stroke: #d1d9e0 }
  path { fill: none; stroke-width: 2 } .half { stroke-dasharray: 5 4 }
"""


def draw(curve: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Write the chart of ``overload`` in results.json."""
    FILE.write_text(svg(curve))


def svg(curve: Mapping[str, Sequence[Mapping[str, float]]]) -> str:
    """Return the chart as text."""
    numbers = [each["clients"] for each in curve["on"]]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="Latency of executed requests by the number of connections">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#ffffff"/>',
        '<text class="title" x="20" y="30">Seconds until the response to executed requests</text>',
        '<text class="quiet" x="20" y="50">99th percentile, dashed: median; by connections; refused share below</text>',
    ]
    for seconds in GRID:
        y = height_of(seconds)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.0f}" y2="{y:.0f}"/>')
        parts.append(f'<text class="quiet" x="{LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{seconds:g}</text>')
    for index, number in enumerate(numbers):
        x = place_of(index, len(numbers))
        refused = f"{curve['on'][index]['refused']:.0%}"
        parts.append(f'<text x="{x:.0f}" y="{HEIGHT - 30}" text-anchor="middle">{number:.0f}</text>')
        parts.append(f'<text class="quiet" x="{x:.0f}" y="{HEIGHT - 14}" text-anchor="middle">{refused}</text>')
    for number, (mode, rows) in enumerate(curve.items()):
        for figure, kind in (("p99", ""), ("p50", "half")):
            points = [
                f"{place_of(index, len(rows)):.0f},{height_of(row[figure]):.0f}" for index, row in enumerate(rows)
            ]
            parts.append(f'<path class="{kind}" stroke="{COLORS[mode]}" d="M{" L".join(points)}"/>')
        y = 30 + 20 * number
        parts.append(f'<path stroke="{COLORS[mode]}" d="M660,{y - 4} L690,{y - 4}"/>')
        parts.append(f'<text x="700" y="{y}">{TITLES[mode]}</text>')
    return "\n".join([*parts, "</svg>\n"])


def height_of(seconds: float) -> float:
    """Return the vertical place of a latency."""
    share = math.log(min(max(seconds, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def place_of(index: int, count: int) -> float:
    """Return the horizontal place of a number of connections."""
    return LEFT + 20 + index * (WIDTH - LEFT - RIGHT - 60) / max(1, count - 1)
