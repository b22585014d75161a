"""The facts that concern the keeping of the record itself: they move no cell, and no report prints them.

Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from typing import Annotated, Literal

from pydantic import Field

from ledger.fact import UnmovingFact
from ledger.parts import Part
from ledger.signature import KeyId, PublicKey, key_id
from ledger.values import Code, Name, Prose, Sha256


class KeepingFact(UnmovingFact):
    """What concerns the keeping of the record; it moves no cell."""


class ErasedFields(Part):
    """The fields of one earlier fact whose text is erased."""

    id: Name
    fields: Annotated[tuple[Name, ...], Field(min_length=1)]


class TextErased(KeepingFact):
    """Free text, or a person's name, was erased from earlier facts on lawful request.

    `reports` gives the digests that published reports have since, where the erased text stood in them; `breaches` the
    facts that fell short of the contract's checks by then, which cannot be told for certain without the names.
    """

    fact: Literal["TextErased"] = "TextErased"
    erases: Annotated[tuple[ErasedFields, ...], Field(min_length=1)]
    reason: Prose
    reports: dict[Name, Sha256] | None = None
    breaches: tuple[Name, ...] | None = None


class KeyRegistered(KeepingFact):
    """A party signs with this key, facts dated from this one's date on."""

    fact: Literal["KeyRegistered"] = "KeyRegistered"
    holder: Code
    key: PublicKey
    reason: Prose | None = None

    @property
    def key_id(self) -> str:
        """Return the id by which signatures name the key."""
        return key_id(self.key)


class KeyRevoked(KeepingFact):
    """A key is no longer believed: nothing that is recorded after this may be signed with it."""

    fact: Literal["KeyRevoked"] = "KeyRevoked"
    key: KeyId
    reason: Prose


AnyKeepingFact = TextErased | KeyRegistered | KeyRevoked
