"""The parts of an Office file, behind a guard: nothing in it can use up memory, reach out or run.

The limits hold before and while unpacking: what a header says of a part's size is not believed. The XML of a part
is never held as a whole; a listener hears its elements as they come.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ledger.faults import BadInput

MOST_UNPACKED = 100 << 20
MOST_PARTS = 1_000
_PIECE = 64 << 10
_LONGEST_TOKEN = 1 << 20
_DEEPEST = 64
_MOST_NAMES = 1_000
_ENTRY = b"PK\x01\x02"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_CUT_OFF = "is not whole, or is no .xlsx file; save it again as .xlsx and send that"


class Flawed(Exception):  # noqa: N818 - what the part is
    """Why a part cannot be taken, in a sentence."""


class Listener:
    """Hears the elements of a part, by their names without namespaces."""

    def __init__(self) -> None:
        self.heard = 0
        self._depth = 0
        self._names: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Hear an element begin."""
        self.heard += 1
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Flawed("is nested too deeply")
        name = self._names.get(tag) or self._learnt(tag)
        for each in attributes:
            if each not in self._names:
                self._learnt(each)
        self.opened(name, attributes)

    def _learnt(self, name: str) -> str:
        if len(self._names) >= _MOST_NAMES:
            raise Flawed("has too many kinds of elements")
        local = self._names[name] = name.rpartition("}")[2]
        return local

    def end(self, tag: str) -> None:
        """Hear an element end."""
        self.heard += 1
        self._depth -= 1
        self.closed(self._names[tag])

    def data(self, text: str) -> None:
        """Hear text."""
        self.heard += 1
        self.said(text)

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        """Take an element's beginning."""

    def closed(self, name: str) -> None:
        """Take an element's end."""

    def said(self, text: str) -> None:
        """Take text."""


class Package:
    """An Office file, open, within limits.

    Args:
        content: the bytes of the file.
        name: the name of the file, for faults.

    Raises:
        BadInput: if it is no such file, is cut off, is too large unpacked, or has a password, macros, or links to
            other workbooks.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self._left = MOST_UNPACKED
        self._refuse_other_forms(content)
        if content.count(_ENTRY) > MOST_PARTS:
            raise self._refusal(f"has more than {MOST_PARTS:,} parts; save the table alone, as .xlsx or .csv")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN:
            raise self._refusal(_CUT_OFF) from None
        entries = self._zip.infolist()
        self._parts = {entry.filename.casefold(): entry for entry in entries}
        self._refuse_parts(entries)

    def _refuse_other_forms(self, content: bytes) -> None:
        if not content:
            raise self._refusal("is empty; give a workbook with a header row")
        if content.startswith(_OLE):
            if _ENCRYPTED in content:
                raise self._refusal("has a password; save it without one")
            raise self._refusal("is a workbook in the old .xls form; save it as .xlsx")
        if not content.startswith(b"PK\x03\x04"):
            raise self._refusal(_CUT_OFF)

    def _refuse_parts(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(self._parts) < len(entries):
            raise self._refusal(_CUT_OFF)
        if any(entry.flag_bits & 1 for entry in entries):
            raise self._refusal("has a password; save it without one")
        if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
            raise self._refusal(_CUT_OFF)
        if any("vbaproject" in part or "/macrosheets/" in part for part in self._parts):
            raise self._refusal("has macros; save it as .xlsx, without them")
        if any("/externallinks/" in part for part in self._parts):
            raise self._refusal("has links to other workbooks; paste values in their place, and break the links")
        if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise self._too_large()

    def __contains__(self, part: str) -> bool:
        return part.casefold() in self._parts

    def hear(self, part: str, listener: Listener) -> None:
        """Read a part from beginning to end.

        Raises:
            BadInput: if the part is not there, is no XML, or breaks a limit.
        """
        for _ in self.pieces(part, listener):
            pass

    def pieces(self, part: str, listener: Listener) -> Iterator[None]:
        """Read a part piece by piece; the listener has heard each when this yields.

        Raises:
            BadInput: as `hear`.
        """
        parser = DefusedXMLParser(target=listener, forbid_dtd=True)
        heard, unheard = 0, 0
        try:
            for piece in self._unpacked(part):
                parser.feed(piece)
                unheard = unheard + len(piece) if listener.heard == heard else 0
                heard = listener.heard
                _refuse_endless(unheard)
                yield
            parser.close()
            yield  # what the parser held back until it was closed
        except Flawed as wrong:
            raise self._refusal(f"its part {part} {wrong}; save it again as .xlsx and send that") from None
        except DefusedXmlException:
            sentence = f"its part {part} declares a document type or entities, which no workbook does; save it again"
            raise self._refusal(sentence) from None
        except (ParseError, LookupError, *_BROKEN):
            raise self._refusal(_CUT_OFF) from None

    def _unpacked(self, part: str) -> Iterator[bytes]:
        entry = self._parts.get(part.casefold())
        if entry is None:
            raise self._refusal(_CUT_OFF)
        with self._zip.open(entry) as unpacking:
            while piece := unpacking.read(_PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    raise self._too_large()
                yield piece

    def _too_large(self) -> BadInput:
        return self._refusal(f"unpacks to more than {MOST_UNPACKED >> 20} MiB; save the table alone, as .xlsx or .csv")

    def _refusal(self, sentence: str) -> BadInput:
        return BadInput.of(sentence, where=self.name)


def _refuse_endless(unheard: int) -> None:
    if unheard > _LONGEST_TOKEN:
        raise Flawed("has a piece of XML without end")


class Relations(Listener):
    """Where the parts that a part speaks of are: (kind, path) by id. Those outside the file are left out."""

    def __init__(self, part: str) -> None:
        super().__init__()
        self._folder = posixpath.dirname(part)
        self.by_id: dict[str, tuple[str, str]] = {}

    @classmethod
    def of(cls, package: Package, part: str) -> "Relations":
        """Return the relations of a part; of the whole file for an empty name.

        Raises:
            BadInput: if they cannot be read.
        """
        found = cls(part)
        folder, name = posixpath.split(part)
        package.hear(posixpath.join(folder, "_rels", f"{name}.rels"), found)
        return found

    def opened(self, name: str, attributes: Mapping[str, str]) -> None:
        if name != "Relationship" or attributes.get("TargetMode") == "External":
            return
        if len(self.by_id) > MOST_PARTS:
            raise Flawed("speaks of too many parts")
        kind = attributes.get("Type", "").rpartition("/")[2]
        path = posixpath.normpath(posixpath.join("/", self._folder, attributes.get("Target", "")))
        self.by_id[attributes.get("Id", "")] = (kind, path.lstrip("/"))

    def path(self, kind: str) -> str | None:
        """Return the path of the only part of a kind, if there is one."""
        return next((path for each, path in self.by_id.values() if each == kind), None)
