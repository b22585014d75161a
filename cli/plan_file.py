"""Reading an action plan from a file."""

import tomllib
from decimal import Decimal
from typing import Any

from ledger.faults import BadInput, Fault
from ledger.shapes import ENVELOPE

_NOT_ITS = (*ENVELOPE, "source", "note", "authority", "evidence", "decision_ref", "approved_by", "signature")


def read_plan(content: bytes, name: str) -> dict[str, Any]:
    """Return the own fields of a proposed action plan; texts left empty in the template are left out.

    Args:
        content: the bytes of the file, TOML in UTF-8.
        name: the name of the file, for faults.

    Raises:
        BadInput: if it is no TOML, or gives what the command gives.
    """
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError:
        raise BadInput.of("is not UTF-8; save the file as UTF-8", where=name) from None
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput.of(f"is not TOML: {wrong}", where=name) from None
    except (ArithmeticError, RecursionError, ValueError):
        raise BadInput.of("has a number out of all bounds, or is nested too deeply", where=name) from None
    wrong_keys = [key for key in raw if key in _NOT_ITS]
    if wrong_keys:
        sentence = "is no field of a plan's file; give it to the command"
        raise BadInput([Fault(name, key, sentence) for key in wrong_keys])
    given = {key: value for key, value in raw.items() if value != ""}
    for key in ("actions", "expected_outcomes"):
        if isinstance(items := given.get(key), list):
            given[key] = [_filled_in(each) for each in items]
    return given


def _filled_in(item: Any) -> Any:
    return {key: value for key, value in item.items() if value != ""} if isinstance(item, dict) else item
