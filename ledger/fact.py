"""What every fact has. Part of the storage format: add optional fields, never edit or remove one."""

from typing import Any, ClassVar

from ledger.parts import Evidence, Part
from ledger.signature import Signature
from ledger.values import By, Code, Day, Name, Prose


class Fact(Part):
    """What every fact has; facts that one decision made share its reference, `decision_ref`.

    `approved_by` is the second person who approved it, beside the one who made it. `kind` is the name of its kind.
    """

    kind: ClassVar[str]

    id: Name
    contract: Code
    dated: Day
    by: By
    source: Prose | None = None
    note: Prose | None = None
    authority: Prose | None = None
    decision_ref: Name | None = None
    evidence: tuple[Evidence, ...] = ()
    approved_by: By | None = None
    signature: Signature | None = None

    def __init_subclass__(cls, **given: Any) -> None:
        super().__init_subclass__(**given)
        cls.kind = cls.__name__

    @property
    def party(self) -> str:
        """Return the code of the party that made it."""
        return self.by.partition("/")[0]


class UnmovingFact(Fact):
    """A fact that moves no cell."""
