"""A report as a document: numbered sections of sentences, tables and charts, which may refer to one another.

Numbers are given when the document is laid out, so that a reference always names what it means.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any, NamedTuple

from projections.chart import Chart, Exhibit
from projections.table import Table


class Ref(NamedTuple):
    """A reference to an exhibit or an appendix by its key; printed as its number and where it is."""

    key: str


Words = Sequence[str | Ref]
"""A sentence, some of whose parts are references."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Sentences in a row."""

    words: Words


@dataclass(frozen=True, slots=True)
class Items:
    """Sentences in a list."""

    each: Sequence[Words]


@dataclass(frozen=True, slots=True)
class Shown:
    """A table or a chart under a key that references name."""

    key: str
    exhibit: Exhibit


Block = Paragraph | Items | Shown


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part; `key` names it to references, where there are any."""

    title: str
    blocks: Sequence[Block]
    key: str = ""
    parts: Sequence["Section"] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A report: a head of named lines, a preface, numbered sections and lettered appendices."""

    title: str
    head: Sequence[tuple[str, str]]
    preface: Sequence[Section]
    sections: Sequence[Section]
    appendices: Sequence[Section]


class Heading(NamedTuple):
    """A heading as it is printed; level 1 is the document's title."""

    level: int
    text: str


class Sentence(NamedTuple):
    """A sentence as it is printed, alone or as an item of a list."""

    text: str
    item: bool = False


Printed = Heading | Sentence | Exhibit


def lay_out(document: Document) -> list[Printed]:
    """Return the document from top to bottom, numbered, its references resolved."""
    numbers = _numbers(document)
    found: list[Printed] = [Heading(1, document.title)]
    found += [Sentence(f"{name}: {text}", item=True) for name, text in document.head]
    for section in document.preface:
        found += _printed(section, section.title, 2, numbers)
    for number, section in enumerate(document.sections, 1):
        found += _printed(section, f"{number}. {section.title}", 2, numbers)
    for letter, section in zip(ascii_uppercase, document.appendices, strict=False):
        found += _printed(section, f"Appendix {letter} – {section.title}", 2, numbers)
    return found


def as_data(printed: Sequence[Printed]) -> list[dict[str, Any]]:
    """Return a laid-out document as data: headings, sentences, tables and charts in order."""
    return [_datum(each) for each in printed]


def _numbers(document: Document) -> dict[str, str]:
    """Return how each key is printed: exhibits are counted through the document, tables and figures apart."""
    found: dict[str, str] = {}
    tables = figures = 0
    places = [(section, f"section {number}") for number, section in enumerate(document.sections, 1)]
    places += [
        (section, f"Appendix {letter}") for letter, section in zip(ascii_uppercase, document.appendices, strict=False)
    ]
    for top, place in places:
        for section in _all(top):
            if section.key:
                found[section.key] = place
            for block in section.blocks:
                if not isinstance(block, Shown):
                    continue
                if isinstance(block.exhibit, Chart):
                    figures += 1
                    named = f"Figure {figures}"
                else:
                    tables += 1
                    named = f"Table {tables}"
                found[block.key] = f"{named} (in {place})"
    return found


def _all(section: Section) -> Iterator[Section]:
    yield section
    for part in section.parts:
        yield from _all(part)


def _printed(section: Section, title: str, level: int, numbers: dict[str, str]) -> Iterator[Printed]:
    yield Heading(level, title)
    for block in section.blocks:
        match block:
            case Paragraph():
                yield Sentence(_resolved(block.words, numbers))
            case Items():
                yield from (Sentence(_resolved(words, numbers), item=True) for words in block.each)
            case Shown():
                named = numbers[block.key].partition(" (")[0]
                yield replace(block.exhibit, title=f"{named}: {block.exhibit.title}")
    for number, part in enumerate(section.parts, 1):
        yield from _printed(part, f"Part {number} – {part.title}", level + 1, numbers)


def _resolved(words: Words, numbers: dict[str, str]) -> str:
    return "".join(numbers[part.key] if isinstance(part, Ref) else part for part in words)


def _datum(printed: Printed) -> dict[str, Any]:
    match printed:
        case Heading():
            return {"heading": printed.text, "level": printed.level}
        case Sentence():
            return {"item" if printed.item else "text": printed.text}
        case Table():
            return {
                "table": printed.title,
                "columns": list(printed.columns),
                "rows": [[cell.words for cell in row] for row in printed.rows],
                "notes": [{"n": number, "text": text} for number, text in printed.notes],
            }
        case Chart():
            bars = [
                {"label": bar.label, "amount": None if bar.amount is None else str(bar.amount), "remark": bar.remark}
                for bar in printed.bars
            ]
            return {"chart": printed.title, "unit": printed.unit, "bars": bars}
