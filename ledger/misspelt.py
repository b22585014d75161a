"""What a field that is not known may have been meant for. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel

_MEANT = "did you mean "


def meant(name: object, known: Iterable[str]) -> str | None:
    """Return a question after the known name that is most like one; None if none is like it.

    >>> meant("desription", ["description", "day"]), meant("colour", ["description", "day"])
    ('did you mean description?', None)
    """
    near = get_close_matches(str(name), list(known), n=1)
    return f"{_MEANT}{near[0]}?" if near else None


def fields_beside(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Return the names that a field at a location inside a model may have, as input gives them.

    Args:
        model: the model of the whole input.
        location: the keys and item numbers that lead to the field, itself last.
    """
    here = [model]
    for part in location[:-1]:
        found = [each for one in here for name, each in _fields(one) if name == part]
        here = [inner for each in found for inner in _models(each)] or here
    return list(dict.fromkeys(name for one in here for name, _ in _fields(one)))


def no_field_of(table: str, sentence: str) -> str:
    """Say in the words of a file's tables that a field is none, with the same question after what was meant."""
    hint = sentence.partition("; ")[2]
    return f"is no field of a {table} table; {hint if hint.startswith(_MEANT) else 'leave it out'}"


def _fields(model: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        yield field.alias or name, field.annotation


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Give the models that an annotation speaks of, those of its items and alternatives too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for each in get_args(annotation):
        yield from _models(each)
