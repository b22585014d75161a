"""Pictures of how the estate's figures grow, as SVG.

A picture is a few lines over one axis, drawn from 0, with its figures in its description too.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from itertools import pairwise
from math import ceil, floor, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.measured import Figures

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 130, 44, 48
_COLOURS = ("#1f4e79", "#b85c00", "#3c7d3c")
_DASHES = ("none", "7 4", "2 3")
_READ_OUT = "role='img' aria-labelledby='title told'"
_SANS = "font-family='sans-serif' font-size='12'"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a picture: its name, and its points from left to right."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Picture:
    """Lines over one axis; both axes begin at 0."""

    name: str
    title: str
    across: str
    up: str
    lines: Sequence[Line]


def pictures(growing: Figures) -> list[Picture]:
    """Return the pictures of a run's figures of growth."""
    found = []
    for along, words in (("years", "years of history"), ("contracts", "contracts")):
        its = growing[along]
        replays = [(each["facts"] / 1000, each["replay_seconds"]) for each in its]
        asked = {key: [(each[along], each["six_months"][key]) for each in its] for key in ("median_ms", "p95_ms")}
        found += [
            Picture(
                f"replay-{along}", f"A replay, over {words}", "thousand facts", "seconds", [Line("replay", replays)]
            ),
            Picture(
                f"six-months-{along}",
                f"Six months of one contract, over {words}",
                words,
                "milliseconds",
                [Line("median", asked["median_ms"]), Line("95th percentile", asked["p95_ms"])],
            ),
        ]
    writers = [
        Line(name, [(each["writers"], each["facts_a_second"]) for each in growing[key]])
        for key, name in (("writers_sqlite", "one SQLite file"), ("writers_postgresql", "PostgreSQL"))
        if isinstance(growing[key], list)
    ]
    return [
        *found,
        Picture("writers", "Single facts a second, over writers", "writers at once", "facts a second", writers),
    ]


def drawn(picture: Picture) -> str:
    """Return a picture as SVG."""
    across = _steps(max(x for line in picture.lines for x, _ in line.points))
    up = _steps(max(y for line in picture.lines for _, y in line.points))

    def at(x: float, y: float) -> tuple[float, float]:
        return (
            round(_LEFT + x / across[-1] * (_WIDTH - _LEFT - _RIGHT), 1),
            round(_HEIGHT - _BOTTOM - y / up[-1] * (_HEIGHT - _TOP - _BOTTOM), 1),
        )

    told = "; ".join(
        f"{line.name}: " + ", ".join(f"{_short(y)} at {_short(x)}" for x, y in line.points) for line in picture.lines
    )
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {_HEIGHT}' {_READ_OUT} {_SANS}>",
        f"<title id='title'>{escape(picture.title)}</title>",
        f"<desc id='told'>{escape(f'{picture.up} by {picture.across}. {told}')}</desc>",
        f"<rect width='{_WIDTH}' height='{_HEIGHT}' fill='#ffffff'/>",
        f"<text x='{_LEFT}' y='20' font-size='15' font-weight='bold'>{escape(picture.title)}</text>",
        f"<text x='{_LEFT}' y='36' fill='#555555'>{escape(picture.up)}</text>",
        f"<text x='{_WIDTH - _RIGHT}' y='{_HEIGHT - 10}' text-anchor='end'>{escape(picture.across)}</text>",
    ]
    for step in up:
        x, y = at(0, step)
        parts.append(f"<line x1='{x}' y1='{y}' x2='{_WIDTH - _RIGHT}' y2='{y}' stroke='#dddddd'/>")
        parts.append(f"<text x='{x - 8}' y='{y + 4}' text-anchor='end'>{_short(step)}</text>")
    for step in across:
        x, y = at(step, 0)
        parts.append(f"<text x='{x}' y='{y + 18}' text-anchor='middle'>{_short(step)}</text>")
    heights = _apart([at(*line.points[-1])[1] for line in picture.lines])
    for line, height, colour, dash in zip(picture.lines, heights, _COLOURS, _DASHES, strict=False):
        places = [at(x, y) for x, y in line.points]
        drawn_through = " ".join(f"{x},{y}" for x, y in places)
        parts.append(
            f"<polyline points='{drawn_through}' fill='none' stroke='{colour}' stroke-width='2' "
            f"stroke-dasharray='{dash}'/>"
        )
        parts += [f"<circle cx='{x}' cy='{y}' r='3' fill='{colour}'/>" for x, y in places]
        parts.append(f"<text x='{places[-1][0] + 8}' y='{height + 4}' fill='{colour}'>{escape(line.name)}</text>")
    return "\n".join([*parts, "</svg>", ""])


def _apart(heights: Sequence[float]) -> list[float]:
    """Move the names of lines that end close together apart, so that they can be read."""
    found = list(heights)
    for upper, lower in pairwise(sorted(range(len(found)), key=lambda each: found[each])):
        found[lower] = max(found[lower], found[upper] + 15)
    return found


def _steps(largest: float) -> list[float]:
    """Return round figures from 0 to one that is at least the largest.

    >>> _steps(0.83), _steps(48)
    ([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], [0, 10, 20, 30, 40, 50])
    """
    power = 10 ** floor(log10(largest or 1))
    step = next(each * power for each in (0.2, 0.5, 1, 2) if largest <= each * power * 6)
    count = ceil(round(largest / step, 6))
    return [round(step * each, 6) for each in range(count + 1)]


def _short(figure: float) -> str:
    return f"{figure:.3g}" if figure < 100 else f"{figure:,.0f}"
