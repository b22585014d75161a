"""How a table is laid out in a width: words into lines, columns into blocks; no word is lost or needlessly broken."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isqrt

from rich.cells import cell_len

Words = Sequence[str]

_WIDE_AS_TALL = 3
_BREAKS_AFTER = "-/_,. "


def wide(words: str) -> int:
    """Return how many cells of a terminal words take: two for a Chinese character, say."""
    return len(words) if words.isascii() else cell_len(words)


def wrapped(words: Words, width: int) -> list[str]:
    """Break words into lines of a width, between words; only a word that is longer than a line is broken itself."""
    lines, line = [], ""
    for word in words:
        joined = f"{line} {word}" if line else word
        if wide(joined) <= width:
            line = joined
            continue
        if line:
            lines.append(line)
        *full, line = _folded(word, width)
        lines += full
    return [*lines, line]


def _folded(word: str, width: int) -> list[str]:
    """Break a word, after a hyphen or the like where there is one in the second half of a line."""
    pieces, piece = [], ""
    for letter in word:
        if wide(piece + letter) > width:
            joint = max(map(piece.rfind, _BREAKS_AFTER)) + 1
            end = joint if joint > len(piece) // 2 else len(piece)
            pieces.append(piece[:end])
            piece = piece[end:]
        piece += letter
    return [*pieces, piece]


def padded(words: str, width: int, *, right: bool = False) -> str:
    """Fill words up with spaces to a width."""
    spaces = " " * (width - wide(words))
    return spaces + words if right else words + spaces


@dataclass(frozen=True, slots=True)
class Column:
    """The words of a column's cells, its heading first, and the widths that they can be given.

    `least` breaks no word; at `fair`, no text is taller than a third of its width; at `most`, each is one line.
    """

    cells: Sequence[Words]
    right: bool
    least: int
    fair: int
    most: int


def column(cells: Sequence[Words], *, right: bool = False) -> Column:
    """Return a column with its widths."""
    least = max((wide(word) for words in cells for word in words), default=0)
    most = max(wide(" ".join(words)) for words in cells)
    fair = max(least, min(most, isqrt(_WIDE_AS_TALL * most) + 1))
    return Column(cells, right, max(least, 1), max(fair, 1), max(most, 1))


def widths(columns: Sequence[Column], room: int) -> list[int]:
    """Share out the room for text: to each column its least width, then a fair one, then one that holds its lines."""
    given = [each.least for each in columns]
    left = room - sum(given)
    for wanted in ([each.fair for each in columns], [each.most for each in columns]):
        while left > 0 and (short := [place for place, width in enumerate(given) if width < wanted[place]]):
            for place in short[:left]:
                given[place] += 1
                left -= 1
    return given


def room_in(width: int, count: int) -> int:
    """Return the room for text in a row of so many ruled columns."""
    return width - 1 - 3 * count


def ways(columns: Sequence[Column], fixed: int, width: int) -> list[list[list[int]]]:
    """Return the ways to set columns side by side: whole; else in blocks that each repeat the first, fixed ones.

    Blocks are as few as can be, filled from the first or about as wide as each other. There is no way if the fixed
    columns and one more do not fit, or if none is fixed.
    """
    if sum(each.fair for each in columns) <= room_in(width, len(columns)):
        return [[list(range(len(columns)))]]
    named, others = columns[:fixed], columns[fixed:]
    if not named or not others:
        return []
    least = 3 + max(each.least for each in others)
    rooms = [
        room_in(width, fixed) - sum(taken) for taken in zip(*((each.fair, each.least) for each in named), strict=True)
    ]
    room = next((each for each in rooms if each >= least), None)
    if room is None:
        return []
    needed = [3 + max(each.least, min(each.fair, room - 3)) for each in others]
    filled = even = _packed(needed, room)
    while room > max(needed) and len(evener := _packed(needed, room - 1)) == len(filled):
        even, room = evener, room - 1
    return [
        [[*range(fixed), *(fixed + place for place in block)] for block in found]
        for found in ([filled] if even == filled else [filled, even])
    ]


def _packed(needed: Sequence[int], room: int) -> list[list[int]]:
    """Fill blocks of a width with columns, in their order."""
    found: list[list[int]] = []
    left = 0
    for place, width in enumerate(needed):
        if not found or width > left:
            found.append([])
            left = room
        found[-1].append(place)
        left -= width
    return found
