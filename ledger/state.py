"""The bytes a fact is kept as, and the leaf they make in the tree. THE STORAGE FORMAT."""

import json
import operator
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from pydantic_core import from_json, to_json

from ledger.facts import any_fact
from ledger.recorded import Recorded
from ledger.sealing import Openings, from_text, seal, unseal

_AS_KEPT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_INSTANT = "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ"  # in a third of the time that isoformat takes


def written(recorded: Recorded, recorded_at: str, salts: Iterator[bytes]) -> tuple[bytes, str | None]:
    """Return what is kept of a recorded fact: its envelope and fields as JSON, texts sealed, and what opens those.

    Its instant is given as it is kept: all facts that are taken at once share one.
    """
    fact = recorded.fact
    fields = fact.__pydantic_serializer__.to_python(fact, mode="json", exclude_none=True, by_alias=True)
    sealed, openings = seal(fact.kind, fields, salts)
    position, _, _, recorded_by, _, head, _ = recorded
    envelope: dict[str, Any] = {"position": position, "recorded_at": recorded_at, "recorded_by": recorded_by}
    if head:
        envelope["head"] = head
    envelope["fact"] = sealed
    return to_json(envelope), to_json(openings).decode() if openings else None


def as_bytes(envelope: dict[str, Any]) -> bytes:
    """Write an envelope as it is kept."""
    return _AS_KEPT.encode(envelope).encode()


def read(state: bytes, opened: str | None, version: int) -> Recorded:
    """Return the recorded fact that was kept.

    An old shape of a fact would be lifted to today's here, and nowhere else.

    Raises:
        ValueError, KeyError, TypeError: if it does not read back as a fact.
    """
    envelope = from_json(state)
    openings: Openings = from_text(opened) if opened else {}
    sealed: dict[str, Any] = envelope["fact"]
    return Recorded(
        operator.index(envelope["position"]),
        version,
        _instant(envelope["recorded_at"]),
        envelope["recorded_by"],
        any_fact.validate_python(unseal(sealed["fact"], sealed, openings) if openings else sealed),
        envelope.get("head"),
        tuple(name for name, opening in openings.items() if opening.salt is None),
    )


def as_instant(at: datetime) -> str:
    """Write an instant as it is kept."""
    at = at.astimezone(UTC)
    return _INSTANT % (at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond)


def _instant(text: str) -> datetime:
    if not text.endswith("Z"):
        raise ValueError("an instant is kept in UTC")
    return datetime.fromisoformat(text)


def canonical(position: int, version: int, kind: str, contract: str, state: bytes) -> bytes:
    """Return the bytes whose hash is a fact's leaf: a line that says which fact of which contract it is, then all else.

    Args:
        position: its place among all facts, from 1.
        version: its place among those of its contract, from 1.
        kind: the kind of fact.
        contract: the contract's id, which has no line break.
        state: the JSON it is kept as.
    """
    return f"{position} {version} {kind} {contract}\n".encode() + state
