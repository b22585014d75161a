"""A party's signature under a fact, and the values it is made of.

Part of the storage format: add, never edit or remove.
"""

import re
from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha256
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from ledger.values import Name

KEY_BYTES, SIGNATURE_BYTES = 32, 64
_KEY_ID = re.compile(r"[0-9a-f]{16}", re.ASCII)
_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)


def _as_key_id(given: Any) -> str:
    if not isinstance(given, str) or not _KEY_ID.fullmatch(given):
        raise ValueError("give the key's id, 16 hexadecimal digits in small letters")
    return given


def _as_salt(given: Any) -> str:
    if not isinstance(given, str) or not _SALT.fullmatch(given):
        raise ValueError("give 32 hexadecimal digits in small letters")
    return given


def _as_public_key(given: Any) -> str:
    if not _is_base64(given, KEY_BYTES):
        raise ValueError("give a public key as `key new` prints it, 32 bytes in base64")
    return str(given)


def _as_signature(given: Any) -> str:
    if not _is_base64(given, SIGNATURE_BYTES):
        raise ValueError("give a signature as `sign` writes it, 64 bytes in base64")
    return str(given)


def _is_base64(given: Any, size: int) -> bool:
    """Say whether a value is the one way to write so many bytes in base64."""
    try:
        found = b64decode(given, validate=True) if isinstance(given, str) else b""
    except (Error, ValueError):
        return False
    return len(found) == size and b64encode(found).decode() == given


KeyId = Annotated[str, BeforeValidator(_as_key_id)]
Salt = Annotated[str, BeforeValidator(_as_salt)]
PublicKey = Annotated[str, BeforeValidator(_as_public_key)]
SignatureValue = Annotated[str, BeforeValidator(_as_signature)]


class Signature(BaseModel):
    """An Ed25519 signature: the id of the key, the salts of the texts it commits to, and its value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: KeyId
    salts: dict[Name, Salt] = {}
    value: SignatureValue


def key_id(public_key: str) -> str:
    """Return the id of a public key: the first 16 hexadecimal digits of the SHA-256 of its 32 bytes.

    >>> key_id(b64encode(bytes(32)).decode())
    '66687aadf862bd77'
    """
    return sha256(b64decode(public_key)).hexdigest()[:16]
