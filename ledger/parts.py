"""The pieces that facts are made of. Part of the storage format: add, never edit or remove."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ledger.values import Amount, Code, LevelText, Name, PeriodText, Text

Rated = Literal["green", "amber", "red"]
Role = Literal["authority", "provider"]


class Part(BaseModel):
    """A piece of a fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Part):
    """A document a fact rests on."""

    title: Text
    where: Text
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None


class Party(Part):
    """A party to the contract."""

    code: Code
    name: Text
    role: Role


class Service(Part):
    """A service that the contract's KPIs are grouped by."""

    code: Name
    title: Text


def check_levels(tsl: str | None, msl: str | None, bands: object) -> None:
    """Refuse levels that are neither a target and a minimum nor bands.

    Raises:
        ValueError: with a sentence that says what would do.
    """
    if bands is None and (tsl is None or msl is None):
        raise ValueError("give tsl and msl, or bands")
    if bands is not None and (tsl is not None or msl is not None):
        raise ValueError("give tsl and msl, or bands, not both")


Bands = Annotated[dict[Rated, LevelText], Field(min_length=2)]


class TargetStep(Part):
    """Service levels from a period on, or over a range: then they are temporary."""

    first_period: PeriodText = Field(alias="from")
    last_period: PeriodText | None = Field(default=None, alias="to")
    tsl: LevelText
    msl: LevelText


class BandStep(Part):
    """Bands from a period on, or over a range: then they are temporary."""

    first_period: PeriodText = Field(alias="from")
    last_period: PeriodText | None = Field(default=None, alias="to")
    green: LevelText
    amber: LevelText | None = None
    red: LevelText

    @property
    def bands(self) -> dict[str, str]:
        """Return the bands by status, those that there are."""
        named = {"green": self.green, "amber": self.amber, "red": self.red}
        return {status: band for status, band in named.items() if band is not None}


class WeightStep(Part):
    """A KPI's abatement points from a period on."""

    first_period: PeriodText = Field(alias="from")
    points: Annotated[Amount, Field(ge=0)]
