"""A notice year's assessment as a release of the Open Contracting Data Standard, with the UK extension's ratings.

Measures are strings, so that they are exact. Only what the ledger holds is written: the platform that publishes the
notice adds its own documents and wraps releases in a package.
"""

from typing import Any

from ledger.faults import BadInput, Fault
from ledger.levels import Level
from ledger.notice_facts import Rating
from ledger.notice_year import NoticeYear
from ledger.parts import Party
from ledger.period import Month, day_in_words, last_day
from ledger.procurement import Organisation, Procurement
from ledger.values import plain
from projections.cells import level_in_force
from projections.notice_sentences import RATING_WORDS
from projections.notices import CLASSIFICATIONS, Notice
from projections.ratings import KpiYear, Observed
from projections.standing import KpiStanding

Json = dict[str, Any]

_UNITS = {
    "percent": {"name": "percent", "scheme": "UNCEFACT", "id": "P1"},
    "count": {"name": "count", "scheme": "UNCEFACT", "id": "C62"},
    "hours": {"name": "hours", "scheme": "UNCEFACT", "id": "HUR"},
    "days": {"name": "days", "scheme": "UNCEFACT", "id": "DAY"},
}


def release(notice: Notice) -> Json:
    """Return the release of a notice that is due or went out.

    Raises:
        BadInput: if none is due, or an identifier that a release needs is not recorded: each of them.
    """
    if notice.duty.due_by is None:
        why = " ".join(notice.duty.why_not())
        raise BadInput.of(f"no notice is due for {notice.year.name}, so there is nothing to write: {why}", "--ocds")
    procurement = notice.noticed.procurement
    assert procurement is not None
    ocid, contract_id, award_id = _identifiers(notice, procurement)
    terms = notice.question.standing.terms
    known = {each.party: each for each in procurement.organisations}
    buyers = [party for party in terms.parties if party.role == "authority"]
    suppliers = [party for party in terms.parties if party.role == "provider"]
    day = f"{notice.question.moment.as_at.isoformat()}T00:00:00Z"
    return {
        "ocid": ocid,
        "id": f"{ocid}-performance-{notice.year.name.replace('/', '-')}-{notice.question.moment.position}",
        "date": day,
        "tag": [_tag(notice)],
        "initiationType": "tender",
        "language": "en",
        "parties": [_party(party, known[party.code], "buyer") for party in buyers]
        + [_party(party, known[party.code], "supplier") for party in suppliers],
        "buyer": _reference(buyers[0], known[buyers[0].code]),
        "awards": [{"id": award_id, "suppliers": [_reference(each, known[each.code]) for each in suppliers]}],
        "contracts": [
            {
                "id": contract_id,
                "awardID": award_id,
                "title": terms.title,
                "status": "terminated" if notice.noticed.terminated else "active",
                "agreedMetrics": [_agreed(each) for each in notice.kpis],
                "implementation": {"metrics": [_assessed(each, notice.year) for each in notice.kpis]},
            }
        ],
    }


def _identifiers(notice: Notice, procurement: Procurement) -> tuple[str, str, str]:
    faults = [
        Fault(
            "procurement",
            name,
            "is not recorded, and a release needs it; `record` it in a ProcurementTermsSet",
        )
        for name in ("ocid", "contract_id", "award_id")
        if getattr(procurement, name) is None
    ]
    known = {each.party for each in procurement.organisations}
    faults += [
        Fault("procurement", "organisations", f"has no identifier of {party.code}, and a release needs it; give one")
        for party in notice.question.standing.terms.parties
        if party.code not in known
    ]
    if faults:
        raise BadInput(faults)
    return procurement.ocid or "", procurement.contract_id or "", procurement.award_id or ""


def _tag(notice: Notice) -> str:
    """Return the stage: a first notice implements, a later one updates; on termination the contract has ended."""
    if notice.duty.notice == "termination":
        return "contractTermination"
    begun = [each for each in notice.noticed.years(notice.question.moment.as_at) if each.first < notice.year.first]
    earlier = any(notice.noticed.published("assessment", each.name) for each in begun)
    return "implementationUpdate" if earlier else "implementation"


def _party(party: Party, known: Organisation, role: str) -> Json:
    found: Json = {
        **_reference(party, known),
        "identifier": {"scheme": known.scheme, "id": known.id, "legalName": party.name},
        "roles": [role],
    }
    if known.address:
        found["address"] = {"streetAddress": known.address}
    if known.email:
        found["contactPoint"] = {"email": known.email}
    return found


def _reference(party: Party, known: Organisation) -> Json:
    return {"id": f"{known.scheme}-{known.id}", "name": party.name}


def _metric(kpi: KpiStanding, observations: list[Json]) -> Json:
    found: Json = {"id": kpi.introduced.ref, "title": kpi.introduced.title}
    if kpi.introduced.definition:
        found["description"] = kpi.introduced.definition
    return {**found, "observations": observations} if observations else found


def _agreed(each: KpiYear) -> Json:
    """Return what was agreed of a KPI: its levels over the year, one observation for each that was in force."""
    levels: list[tuple[Level, Month, Month]] = []
    for one in each.observed:
        level = level_in_force(each.kpi, one.period)
        if level is None:
            continue
        first = levels.pop()[1] if levels and levels[-1][0] == level else one.period
        levels.append((level, first, one.period))
    return _metric(each.kpi, [_agreed_level(each.kpi, *level) for level in levels])


def _agreed_level(kpi: KpiStanding, level: Level, first: Month, last: Month) -> Json:
    better = f"{kpi.introduced.better} is better" if kpi.introduced.better else ""
    banded = level.severities or level.bands is not None
    notes = f"Bands: {level.in_words()}" if banded else f"Target service level; minimum service level {level.msl}"
    return {
        "id": f"{kpi.introduced.ref}-agreed-{first}",
        "period": _days(kpi, first, last),
        "measure": level.shown()[0] or "",
        **_unit(kpi),
        "notes": f"{notes}; {better}" if better else notes,
    }


def _assessed(each: KpiYear, year: NoticeYear) -> Json:
    """Return the year's assessment of a KPI, then the results of its periods."""
    ref = each.kpi.introduced.ref
    whole: Json = {
        "id": f"{ref}-{year.name.replace('/', '-')}",
        "period": {
            "startDate": f"{year.first.isoformat()}T00:00:00Z",
            "endDate": f"{year.last.isoformat()}T23:59:59Z",
        },
        "measureClassification": _classification(each.rating),
        "notes": "; ".join([f"Assessment of {day_in_words(year.first)} to {day_in_words(year.last)}", *each.remarks]),
    }
    return _metric(each.kpi, [whole, *(_result(each.kpi, one) for one in each.observed)])


def _result(kpi: KpiStanding, one: Observed) -> Json:
    found: Json = {"id": f"{kpi.introduced.ref}-{one.period}", "period": _days(kpi, one.period, one.period)}
    if one.measured is not None:
        found |= {"measure": plain(one.measured), **_unit(kpi)}
    if one.rating is not None:
        found["measureClassification"] = _classification(one.rating)
    told = [one.remark] if one.remark else []
    told += ["Provisional: a dispute or a request is undecided"] if one.found.provisional else []
    return {**found, "notes": "; ".join(told)} if told else found


def _classification(rating: Rating) -> Json:
    return {"id": CLASSIFICATIONS[rating], "description": RATING_WORDS[rating]}


def _unit(kpi: KpiStanding) -> Json:
    unit = kpi.introduced.unit
    return {"unit": _UNITS.get(unit, {"name": unit})} if unit else {}


def _days(kpi: KpiStanding, first: Month, last: Month) -> Json:
    return {
        "startDate": f"{first}-01T00:00:00Z",
        "endDate": f"{last_day(last, kpi.frequency).isoformat()}T23:59:59Z",
    }
