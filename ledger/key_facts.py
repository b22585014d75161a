"""The facts of keys, with which parties sign.

Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from typing import Literal

from ledger.fact import Fact
from ledger.signature import KeyId, PublicKey, key_id
from ledger.values import Code, Text


class KeyRegistered(Fact):
    """A party signs with this key, facts dated from this one's date on."""

    fact: Literal["KeyRegistered"] = "KeyRegistered"
    holder: Code
    key: PublicKey
    reason: Text | None = None

    @property
    def key_id(self) -> str:
        """Return the id by which signatures name the key."""
        return key_id(self.key)


class KeyRevoked(Fact):
    """A key is no longer believed: nothing that is recorded after this may be signed with it."""

    fact: Literal["KeyRevoked"] = "KeyRevoked"
    key: KeyId
    reason: Text
