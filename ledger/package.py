"""The parts of an Office file, behind a guard: nothing in it can use up memory, reach out or run.

The limits hold while unpacking: what a header says of a part's size is not believed. Of the XML of a part only the
elements that are asked for become objects, and only once the guard has found them small enough.
"""

import io
import zipfile
import zlib
from collections.abc import Collection, Iterator
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from ledger.faults import BadInput
from ledger.grid import LONGEST_TEXT

MOST_UNPACKED = 100 << 20
MOST_PARTS = 1_000
_MOST_HELD = 48 << 20
_PIECE = 64 << 10
_LONGEST_TOKEN = 1 << 20
_DEEPEST = 64
_MOST_NAMES = 1_000
_ELEMENT, _ATTRIBUTE = 300, 100
_STRICT = "{http://purl.oclc.org/ooxml/"
_ENTRY = b"PK\x01\x02"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)
_CUT_OFF = "is not whole, or is no .xlsx file; save it again as .xlsx and send that"


class Flawed(Exception):  # noqa: N818 - what the part is
    """Why a part cannot be taken, in a sentence."""


class _Guard:
    """Hears the elements of a part, keeps those that are wanted, and refuses one that is too much to be held.

    What is held is reckoned in bytes, roughly.
    """

    def __init__(self, wanted: Collection[str] | None) -> None:
        self.heard = 0
        self.kept: list[Element] = []
        self._wanted = wanted
        self._building: TreeBuilder | None = None
        self._names: set[str] = set()
        self._depth = self._top = self._held = self._length = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Hear an element begin."""
        self.heard += 1
        self._length = 0
        self._depth += 1
        if self._depth > _DEEPEST:
            raise Flawed("is nested too deeply")
        self._learn(tag, *attributes)
        if self._building is None and (self._wanted is None or tag in self._wanted):
            self._building, self._top, self._held = TreeBuilder(), self._depth, 0
        if self._building is not None:
            self._building.start(tag, attributes)
            self._held += _ELEMENT + sum(map(len, attributes.values())) + _ATTRIBUTE * len(attributes)
            if self._held > _MOST_HELD:
                raise Flawed("has too many elements")

    def end(self, tag: str) -> None:
        """Hear an element end."""
        self.heard += 1
        self._length = 0
        if self._building is not None:
            self._building.end(tag)
            if self._depth == self._top:
                self.kept.append(self._building.close())
                self._building = None
        self._depth -= 1

    def data(self, text: str) -> None:
        """Hear text."""
        self.heard += 1
        self._length += len(text)
        if self._length > LONGEST_TEXT:
            raise Flawed(f"has a text of more than {LONGEST_TEXT:,} characters")
        if self._building is not None:
            self._building.data(text)
            self._held += len(text)

    def _learn(self, *names: str) -> None:
        if self._names.issuperset(names):
            return
        self._names.update(names)
        if len(self._names) > _MOST_NAMES:
            raise Flawed("has too many kinds of elements")
        if any(name.startswith(_STRICT) for name in names):
            raise Flawed("is in the strict form of Office files, which is not read")


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
        self._file = name
        self._left = MOST_UNPACKED
        self._refuse_other_forms(content)
        if content.count(_ENTRY) > MOST_PARTS:
            raise self._refusal(f"has more than {MOST_PARTS:,} parts; save the table alone, as .xlsx or .csv")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except _BROKEN:
            raise self.cut_off() from None
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
            raise self.cut_off()

    def _refuse_parts(self, entries: list[zipfile.ZipInfo]) -> None:
        if len(self._parts) < len(entries):
            raise self.cut_off()
        if any(entry.flag_bits & 1 for entry in entries):
            raise self._refusal("has a password; save it without one")
        if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
            raise self.cut_off()
        if any("vbaproject" in part or "/macrosheets/" in part for part in self._parts):
            raise self._refusal("has macros; save it as .xlsx, without them")
        if any("/externallinks/" in part for part in self._parts):
            raise self._refusal("has links to other workbooks; paste values in their place, and break the links")
        if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
            raise self._too_large()

    def __contains__(self, part: str) -> bool:
        return part.casefold() in self._parts

    def root(self, part: str) -> Any:
        """Return the whole of a part, an Element (openpyxl's stubs know its like by another name).

        Raises:
            BadInput: if it is not there, is no XML, or breaks a limit.
        """
        (root,) = self.elements(part, None)
        return root

    def elements(self, part: str, wanted: Collection[str] | None) -> Iterator[Any]:
        """Yield the elements of a part that have one of these names, each as it ends; nothing else is kept.

        Raises:
            BadInput: as `root`.
        """
        guard = _Guard(wanted)
        parser = DefusedXMLParser(target=guard, forbid_dtd=True)
        heard, unheard = 0, 0
        for piece in self._unpacked(part):
            try:
                parser.feed(piece) if piece else parser.close()
            except Flawed as wrong:
                raise self.flawed(part, str(wrong)) from None
            except DefusedXmlException:
                raise self.flawed(part, "declares a document type or entities, which no workbook does") from None
            except (ParseError, LookupError, ValueError):
                raise self.cut_off() from None
            unheard = unheard + len(piece) if guard.heard == heard else 0
            heard = guard.heard
            if unheard > _LONGEST_TOKEN:
                raise self.flawed(part, "has a piece of XML without end")
            yield from guard.kept
            guard.kept.clear()

    def _unpacked(self, part: str) -> Iterator[bytes]:
        """Yield a part piece by piece, an empty one last."""
        entry = self._parts.get(part.casefold())
        if entry is None:
            raise self.cut_off()
        try:
            with self._zip.open(entry) as unpacking:
                piece = unpacking.read(_PIECE)
                while piece:
                    self._left -= len(piece)
                    if self._left < 0:
                        raise self._too_large()
                    yield piece
                    piece = unpacking.read(_PIECE)
        except _BROKEN:
            raise self.cut_off() from None
        yield b""

    def cut_off(self) -> BadInput:
        """Return the refusal of a file that is not whole, or is something else."""
        return self._refusal(_CUT_OFF)

    def flawed(self, part: str, sentence: str) -> BadInput:
        """Return the refusal of a file for one of its parts."""
        return self._refusal(f"its part {part} {sentence}; save it again as .xlsx and send that")

    def _too_large(self) -> BadInput:
        return self._refusal(f"unpacks to more than {MOST_UNPACKED >> 20} MiB; save the table alone, as .xlsx or .csv")

    def _refusal(self, sentence: str) -> BadInput:
        return BadInput.of(sentence, where=self._file)
