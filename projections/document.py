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
        found += _printed(section, section.title, 2, _Reader(numbers, ""))
    for place, section in _places(document):
        number = place.removeprefix("section ")
        title = f"{place} – {section.title}" if number == place else f"{number}. {section.title}"
        found += _printed(section, title, 2, _Reader(numbers, place))
    return found


def all_shown(document: Document) -> list[tuple[str, Exhibit]]:
    """Return a document's tables and charts by their keys, from top to bottom."""
    return [
        (block.key, block.exhibit)
        for _, top in _places(document)
        for section in _all(top)
        for block in section.blocks
        if isinstance(block, Shown)
    ]


def as_data(printed: Sequence[Printed]) -> list[dict[str, Any]]:
    """Return a laid-out document as data: headings, sentences, tables and charts in order."""
    return [_datum(each) for each in printed]


class _Number(NamedTuple):
    """How a key is printed, and the section or appendix where it is; an appendix is its own place."""

    named: str
    place: str

    def seen_from(self, place: str) -> str:
        """Return the reference as it reads in a section."""
        return self.named if self.place in (place, self.named) else f"{self.named} (in {self.place})"


_Numbers = dict[str, _Number]


def _numbers(document: Document) -> _Numbers:
    """Return how each key is printed: exhibits are counted through the document, tables and figures apart."""
    found: _Numbers = {}
    tables = figures = 0
    for place, top in _places(document):
        for section in _all(top):
            if section.key:
                found[section.key] = _Number(place, place)
            for block in section.blocks:
                if not isinstance(block, Shown):
                    continue
                if isinstance(block.exhibit, Chart):
                    figures += 1
                    named = f"Figure {figures}"
                else:
                    tables += 1
                    named = f"Table {tables}"
                found[block.key] = _Number(named, place)
    return found


def _places(document: Document) -> list[tuple[str, Section]]:
    """Return the sections and appendices with what references call them."""
    sections = [(f"section {number}", section) for number, section in enumerate(document.sections, 1)]
    lettered = zip(ascii_uppercase, document.appendices, strict=False)
    return [*sections, *((f"Appendix {letter}", section) for letter, section in lettered)]


def _all(section: Section) -> Iterator[Section]:
    yield section
    for part in section.parts:
        yield from _all(part)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Resolves references as they read in one section or appendix."""

    numbers: _Numbers
    place: str

    def words(self, words: Words) -> str:
        return "".join(
            self.numbers[part.key].seen_from(self.place) if isinstance(part, Ref) else part for part in words
        )


def _printed(section: Section, title: str, level: int, reader: _Reader) -> Iterator[Printed]:
    yield Heading(level, title)
    for block in section.blocks:
        match block:
            case Paragraph():
                yield Sentence(reader.words(block.words))
            case Items():
                yield from (Sentence(reader.words(words), item=True) for words in block.each)
            case Shown():
                yield replace(block.exhibit, title=f"{reader.numbers[block.key].named}: {block.exhibit.title}")
    for number, part in enumerate(section.parts, 1):
        yield from _printed(part, f"Part {number} – {part.title}", level + 1, reader)


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
