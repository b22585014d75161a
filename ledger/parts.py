"""The pieces that facts are made of. Part of the storage format: add, never edit or remove."""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from ledger.levels import Better, Level, Severity, Status
from ledger.period import Frequency
from ledger.values import Amount, Code, Count, LevelText, Name, PeriodText, Sha256, Text

Rated = Literal["green", "amber", "red"]
Role = Literal["authority", "provider"]
NoDenominator = Literal["not_counted", "met", "missed"]
Act = Literal["grants", "decisions", "rebases", "suspensions", "voids"]
DoubtKind = Literal[
    "gap",
    "overlap",
    "direction",
    "formula",
    "component",
    "level",
    "frequency",
    "weight",
    "service",
    "lot",
    "multiplier",
    "share",
    "wording",
]


class Part(BaseModel):
    """A piece of a fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Part):
    """A document a fact rests on."""

    title: Text
    where: Text
    sha256: Sha256 | None = None


class Party(Part):
    """A party to the contract."""

    code: Code
    name: Text
    role: Role


class Checks(Part):
    """What a contract asks of the persons behind its facts (`[checks]` of a contract file).

    `second_person` are the acts that a second person approves; without `own_scrutiny`, nobody scrutinises what they
    submitted. `enforcement` says what becomes of a fact that falls short.
    """

    second_person: tuple[Act, ...] = ()
    own_scrutiny: StrictBool = True
    enforcement: Literal["refuse", "warn"] = "refuse"

    @model_validator(mode="after")
    def _asks(self) -> Self:
        if not self.second_person and self.own_scrutiny:
            raise ValueError("they ask for nothing; name acts in second_person, or give own_scrutiny = false")
        if len(set(self.second_person)) < len(self.second_person):
            raise ValueError("an act is named twice in second_person; name each once")
        return self


class Doubt(Part):
    """What a contract's words leave in doubt, and how it is read (`doubts` of a contract file).

    `text` is a contradiction that a person found in the document; without one the entry is about what `check` finds
    of that kind. `read_as` is the interpretation that settles it, and is printed with the assumptions.
    """

    of: DoubtKind
    text: Text | None = None
    read_as: Text | None = None

    @model_validator(mode="after")
    def _says(self) -> Self:
        if self.text is None and self.read_as is None:
            raise ValueError("it says nothing; give text, what is doubtful, or read_as, how it is read, or both")
        return self

    @property
    def assumption(self) -> str | None:
        """Return what the tables rest on by this entry: the doubt and its reading; None while it has no reading."""
        if self.read_as is None or self.text is None:
            return self.read_as
        return f"{self.text if self.text.endswith(('.', '?', '!')) else f'{self.text}.'} {self.read_as}"


class Management(Part):
    """A contract's terms for managing it beside its figures (`[management]` of a contract file).

    A KPI that is red for `continuous_failure_periods` periods in a row fails continuously. A relieved period is none of
    them: it ends the run, or leaves it as it was. A plan that failed counts for the KPIs it is about, or for all.
    """

    amber_asks_for_reasons: StrictBool = False
    plan_due_working_days: Annotated[int, Field(ge=1, le=250, strict=True)] | None = None
    continuous_failure_periods: Annotated[int, Field(ge=1, le=120, strict=True)] | None = None
    relieved_in_failure: Literal["ends", "pauses"] = "ends"
    failed_plan_counts_for: Literal["kpi", "contract"] = "kpi"
    termination_clause: Text | None = None
    minutes_deemed_agreed_after_working_days: Annotated[int, Field(ge=1, le=250, strict=True)] | None = None
    annual_meetings: Annotated[int, Field(ge=0, le=366, strict=True)] | None = None
    forums_a_year: Annotated[int, Field(ge=0, le=366, strict=True)] | None = None
    assumptions: tuple[Text, ...] = ()


class Service(Part):
    """A service that the contract's KPIs are grouped by."""

    code: Name
    title: Text


class Lot(Part):
    """A lot of a framework."""

    code: Name
    title: Text


class Framework(Part):
    """The framework that a contract is under, and what of its market a provider may be shown.

    A figure of the market rests on at least `fewest_providers` others, and on counts of theirs that are each at
    least `suppress_below`.
    """

    id: Code
    title: Text
    fewest_providers: Annotated[int, Field(ge=2, le=1000, strict=True)] = 2
    suppress_below: Annotated[int, Field(ge=1, le=1000, strict=True)] = 5


def check_once_each(names: Sequence[str], what: str) -> None:
    """Refuse a name that is given twice.

    Raises:
        ValueError: with a sentence that says what would do.
    """
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the {what} {', '.join(twice)} is given twice; give it once")


def _lots_once(lots: tuple[str, ...]) -> tuple[str, ...]:
    check_once_each(lots, "lot")
    return lots


LotCodes = Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_lots_once)]


def check_levels(tsl: str | None, msl: str | None, bands: object, severities: object = None) -> None:
    """Refuse levels that are neither a target and a minimum, nor bands, nor severities.

    Raises:
        ValueError: with a sentence that says what would do.
    """
    targets = tsl is not None or msl is not None
    if sum((targets, bands is not None, severities is not None)) > 1:
        raise ValueError(f"give tsl and msl, or bands{', or severities' if severities is not None else ', not both'}")
    if bands is None and severities is None and (tsl is None or msl is None):
        raise ValueError("give tsl and msl, or bands")


Bands = Annotated[dict[Rated, LevelText], Field(min_length=2)]


class SeverityBand(Part):
    """A named band with points of its own, which take the place of a weight and a share."""

    name: Name
    band: LevelText
    status: Rated
    points: Annotated[Amount, Field(ge=0)]

    @model_validator(mode="after")
    def _green_is_free(self) -> Self:
        if self.status == "green" and self.points:
            raise ValueError("a green band costs nothing; give 0 points, or the status amber or red")
        return self


def _named_once(bands: tuple[SeverityBand, ...]) -> tuple[SeverityBand, ...]:
    if len({each.name for each in bands}) < len(bands):
        raise ValueError("two severities have one name; give each its own")
    return bands


Severities = Annotated[tuple[SeverityBand, ...], Field(min_length=2), AfterValidator(_named_once)]


def severities_of(bands: tuple[SeverityBand, ...] | None) -> tuple[Severity, ...]:
    """Return severities as values are rated by them."""
    return tuple(Severity(each.name, each.band, Status(each.status), each.points) for each in bands or ())


class Until(Part):
    """How long something lasts: to a last period, or to that in which a milestone is reached, and some months more."""

    last_period: PeriodText | None = None
    until_milestone: Name | None = None
    plus_months: Annotated[Count, Field(le=600)] | None = None

    @property
    def lasts(self) -> bool:
        """Say whether it has no end of its own."""
        return self.last_period is None and self.until_milestone is None

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.plus_months is not None and self.until_milestone is None:
            raise ValueError("plus_months counts from a milestone; give until_milestone too")
        if self.until_milestone is not None and self.last_period is not None:
            raise ValueError("give the last period or until_milestone, not both")
        return self


class TargetStep(Until):
    """Service levels from a period on, or over a range: then they are temporary."""

    first_period: PeriodText = Field(alias="from")
    last_period: PeriodText | None = Field(default=None, alias="to")
    tsl: LevelText
    msl: LevelText
    stretch: LevelText | None = None


class BandStep(Until):
    """Bands from a period on, or over a range: then they are temporary."""

    first_period: PeriodText = Field(alias="from")
    last_period: PeriodText | None = Field(default=None, alias="to")
    green: LevelText
    amber: LevelText | None = None
    red: LevelText
    stretch: LevelText | None = None

    @property
    def bands(self) -> dict[str, str]:
        """Return the bands by status, those that there are."""
        named = {"green": self.green, "amber": self.amber, "red": self.red}
        return {status: band for status, band in named.items() if band is not None}


class SeverityStep(Until):
    """Severities from a period on, or over a range: then they are temporary."""

    first_period: PeriodText = Field(alias="from")
    last_period: PeriodText | None = Field(default=None, alias="to")
    bands: Severities
    stretch: LevelText | None = None


LevelStep = TargetStep | BandStep | SeverityStep


def level_of_step(step: LevelStep, last_period: str | None, decided: tuple[object, ...], fact_id: str) -> Level:
    """Return the levels that a step of a KPI's table sets, given its last period and where it ranks."""
    shared = (decided, fact_id)
    match step:
        case TargetStep():
            level = Level(step.first_period, last_period, step.tsl, step.msl, None, *shared)
        case BandStep():
            level = Level(step.first_period, last_period, None, None, step.bands, *shared)
        case SeverityStep():
            level = Level(step.first_period, last_period, None, None, None, *shared, severities_of(step.bands))
    return level._replace(stretch=step.stretch)


class WeightStep(Part):
    """A KPI's abatement points from a period on."""

    first_period: PeriodText = Field(alias="from")
    points: Annotated[Amount, Field(ge=0)]


class KpiTable(Part):
    """One KPI of a contract (`[[kpi]]` of a contract file)."""

    ref: Name
    service: Name
    title: Text | None = None
    reserved: StrictBool = False
    unit: Name | None = None
    decimals: Annotated[int, Field(ge=0, le=30, strict=True)] | None = None
    round_first: StrictBool = False
    better: Better | None = None
    frequency: Frequency | None = None
    first_period: PeriodText | None = None
    glide_until: PeriodText | None = None
    opening_run: Annotated[int, Field(ge=0, le=1000, strict=True)] | None = None
    targets: tuple[TargetStep, ...] = ()
    bands: tuple[BandStep, ...] = ()
    severities: tuple[SeverityStep, ...] | None = None
    weights: tuple[WeightStep, ...] = ()
    formula: Text | None = None
    components: dict[Name, Text] = Field(default_factory=dict)
    formula_read_as: Text | None = None
    carried_over: dict[Name, Name] | None = None
    no_denominator: NoDenominator | None = None
    definition: Text | None = None
    rationale: Text | None = None
    data_source: Text | None = None
    reported_by: Text | None = None
    assumptions: tuple[Text, ...] = ()
    doubts: tuple[Doubt, ...] | None = None
    lots: LotCodes | None = None

    @property
    def steps(self) -> tuple[LevelStep, ...]:
        """Return the levels of the KPI, targets, bands or severities, as its table lists them."""
        return (*self.targets, *self.bands, *(self.severities or ()))

    @property
    def steps_field(self) -> str:
        """Return the field that gives the levels."""
        return "targets" if self.targets else "severities" if self.severities else "bands"

    @model_validator(mode="after")
    def _whole(self) -> "KpiTable":
        if self.reserved:
            return self
        if self.title is None or self.first_period is None:
            raise ValueError("a KPI in use needs title and first_period; a reference that is not says reserved = true")
        if self.targets and self.bands:
            raise ValueError("give targets or bands, not both")
        if self.severities and (self.targets or self.bands):
            raise ValueError("give severities in place of targets or bands, not beside them")
        if self.targets and self.better is None:
            raise ValueError('targets need better = "higher" or better = "lower"')
        if self.round_first and self.decimals is None:
            raise ValueError("round_first needs decimals")
        return self
