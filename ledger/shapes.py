"""From raw fields to well-formed facts: every fault of shape as a sentence that says what would do."""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ValidationError

from ledger.fact import Fact
from ledger.facts import KINDS, AnyFact, ContractRegistered, KpiIntroduced, any_fact
from ledger.faults import Fault
from ledger.misspelt import fields_beside, meant

ENVELOPE = ("fact", "id", "contract", "dated", "by")


def shaped(raw: Mapping[str, Any], where: str, new_id: Callable[[], str]) -> tuple[AnyFact | None, list[Fault]]:
    """Return the fact that raw fields make, or the faults of their shape.

    A fact without an id is given one.
    """
    kind = raw.get("fact")
    if not isinstance(kind, str) or kind not in KINDS:
        found = f"found {shown(kind)}" if "fact" in raw else "is missing"
        return None, [Fault(where, "fact", f"{found}; give one of {', '.join(sorted(KINDS))}")]
    given = dict(raw)
    if "id" not in given:
        given["id"] = new_id()
    if kind == "KpiIntroduced" and isinstance(table := given.get("kpi"), dict):
        del given["kpi"]
        twice = sorted({*table} & {*given, *ENVELOPE})
        if twice:
            return None, [Fault(where, f"kpi.{key}", "is no field of a kpi table here; leave it out") for key in twice]
        given |= table
    try:
        return any_fact.validate_python(given), []
    except ValidationError as wrong:
        return None, faults_of(wrong, KINDS[str(kind)], where, skip=1)


def faults_of(wrong: ValidationError, model: type[BaseModel], where: str, *, skip: int = 0) -> list[Fault]:
    """Return a sentence for each error that pydantic found.

    Args:
        wrong: what pydantic raised.
        model: the model of the whole input, for the names of its fields.
        where: the place of the input, for the sentence.
        skip: how many leading parts of each error's location are pydantic's own.
    """
    return [
        Fault(where, field_path(error["loc"][skip:]) or None, _sentence(dict(error), model, skip))
        for error in wrong.errors(include_url=False)
    ]


def field_path(parts: tuple[int | str, ...]) -> str:
    """Write where a value stands inside its input, counting list items from 1."""
    path = ""
    for part in parts:
        if part == "[key]":  # pydantic's own word for the key of a table, not its value
            continue
        path += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if path else part
    return path


def _sentence(error: dict[str, Any], model: type[BaseModel], skip: int) -> str:
    found = f"found {shown(error['input'])}"
    context = error.get("ctx", {})
    match error["type"]:
        case "missing":
            return "is missing; give it"
        case "extra_forbidden":
            return _no_field(error["loc"][skip:], model)
        case "value_error":
            sentence = str(context.get("error", ""))
            return sentence if isinstance(error["input"], dict) else f"{found}; {sentence}"
        case "literal_error" | "enum":
            return f"{found}; give one of {context.get('expected')}"
        case "bool_type" | "bool_parsing":
            return f"{found}; give true or false"
        case "int_type" | "int_parsing" | "int_from_float":
            return f"{found}; give a whole number"
        case "greater_than_equal" | "greater_than":
            least = context.get("ge", context.get("gt"))
            return f"{found}; give a number {'of at least' if 'ge' in context else 'above'} {least}"
        case "less_than_equal":
            return f"{found}; give a number of at most {context.get('le')}"
        case "too_short":
            return f"{found}; give at least {context.get('min_length')}"
        case "string_pattern_mismatch":
            return f"{found}; give 64 hexadecimal digits in small letters"
        case "list_type" | "tuple_type":
            return f"{found}; give a list"
        case "dict_type" | "model_type" | "model_attributes_type":
            return f"{found}; give a table of fields"
        case _:
            return f"{found}; {error['msg'][0].lower()}{error['msg'][1:]}"


def _no_field(location: tuple[int | str, ...], model: type[BaseModel]) -> str:
    """Say that a field is none, and which was meant, or which there are."""
    if len(location) == 1 and issubclass(model, Fact):
        known = _fields(model)
        hint = meant(location[-1], known) or f"its fields are {', '.join(known)}"
        return f"is no field of {model.__name__}; {hint}"
    return f"is no field here; {meant(location[-1], fields_beside(model, location)) or 'leave it out'}"


def _fields(model: type[BaseModel]) -> list[str]:
    own = [name for name in model.model_fields if name not in Fact.model_fields and name != "fact"]
    tagged = [] if model in (KpiIntroduced, ContractRegistered) else ["fact"]
    return [*tagged, *Fact.model_fields, *own]


def shown(value: Any) -> str:
    """Show what was found, shortened and on one line.

    >>> shown("98,5"), shown(None), shown({"a": 1})
    ('"98,5"', 'null', '{"a": 1}')
    """
    try:
        text = (
            str(value)
            if isinstance(value, Decimal)
            else json.dumps(value, default=str, ensure_ascii=not _printable(value))
        )
    except ValueError:
        return "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}…"


def _printable(value: Any) -> bool:
    return isinstance(value, str) and value.isprintable()
