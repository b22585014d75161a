"""Severities given as options: each one a name, a band, a status and points."""

from typing import Annotated, Any

import typer

from ledger.faults import BadInput

SEVERITIES = Annotated[
    list[str] | None,
    typer.Option(
        "--severity",
        help='A band with points of its own: "NAME; BAND; STATUS; POINTS", such as "minor; >=98 <99; amber; 1". '
        "Give one for each.",
        metavar="TEXT",
    ),
]
_PARTS = ("name", "band", "status", "points")


def severities_given(texts: list[str] | None) -> list[dict[str, Any]] | None:
    """Read severities from options; None if there are none.

    Raises:
        BadInput: if one has not all its parts.
    """
    found = [[part.strip() for part in text.split(";")] for text in texts or ()]
    for text, parts in zip(texts or (), found, strict=True):
        if len(parts) != len(_PARTS):
            sentence = f'found "{text}"; give NAME; BAND; STATUS; POINTS, such as "minor; >=98 <99; amber; 1"'
            raise BadInput.of(sentence, "--severity")
    return [dict(zip(_PARTS, parts, strict=True)) for parts in found] or None
