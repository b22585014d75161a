"""The page that shows what the estate benchmarks found, written from the JSON of one run, with its pictures.

`python -m tests.benchmarks.page RUN.json [RUN.json …]` puts the run into docs/explanation; runs that were made with
`--only` are put together.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.benchmarks.curves import drawn, pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.measured import Figures

FOLDER = Path(__file__).parent.parent.parent / "docs" / "explanation"
PAGE, RUN = "how-large.md", "how-large.json"
_PEERS = {"doltlite": "doltlite", "mariadb": "MariaDB, system-versioned"}
_MEANS = {
    "replay-years": "A replay walks each KPI's history once; its time follows the number of facts.",
    "six-months-years": "A question about six months reads the rows of those months, however many are around them.",
    "replay-contracts": """Each contract is replayed on its own, so that more of them take longer in proportion, and
little more memory. `--workers` shares them out.""",
    "six-months-contracts": "The rows of a contract lie together, so that the others are not touched.",
    "writers": """Writers take turns, since every fact has the position after the last. The facts of one file share a
turn.""",
}
_HEAD = """# How large an estate can grow

What follows is written from runs of `python -m tests.benchmarks.estate` (`make bench` runs the long form), whose
figures are in [how-large.json](how-large.json). Seconds differ from machine to machine and from day to day; the ratios
compare what was measured in the same run on the same machine. A floor is work that nothing could do without; a peer is
another program that does the same work, and was found to give the same rows.
"""


class Finding(NamedTuple):
    """A row of the page: what was done, what it took, beside what, and how many times that."""

    work: str
    took: str
    beside: str
    ratio: str


def page(run: Figures) -> str:
    """Return the page of a run, as Markdown."""
    parts = [_HEAD, _machine(run)]
    if found := list(findings(run)):
        parts += [
            "## Beside floors and peers\n",
            "| work | took | beside | ratio |\n|---|---|---|---|\n"
            + "".join(f"| {' | '.join(each)} |\n" for each in found),
        ]
    if "growing" in run:
        parts.append("## How it grows\n")
        for picture in pictures(run["growing"]):
            parts.append(f"{_MEANS[picture.name]}\n\n![{picture.title}](how-large/{picture.name}.svg)\n")
    return "\n".join(parts)


def _machine(run: Figures) -> str:
    machine = run["machine"]
    return (
        f"The machine had {machine['cores']} cores ({machine['system']}), Python {machine['python']} and SQLite\n"
        f"{machine['sqlite']}; its load when the first run began was {machine['load_before']}. The estate is\n"
        f"{run['estate']}.\n"
    )


def findings(run: Figures) -> Iterator[Finding]:
    """Yield what a run found, as far as it went."""
    if "recording" in run:
        yield from _of_recording(run["recording"])
    if "replaying" in run:
        yield from _of_replaying(run["replaying"])
    if "one_contract" in run:
        yield from _of_one_contract(run["one_contract"])
    if "whole_estate" in run:
        yield from _of_whole_estate(run["whole_estate"])
    if "late_facts" in run:
        late = run["late_facts"]
        one, every = (late[name]["both"]["median_ms"] for name in ("moves_one", "moves_all"))
        ratio = f"{late['moving_all_to_moving_one']} times"
        yield Finding("Record and project a decision ten years back that moves 120 cells", f"{every:.0f} ms", "", "")
        yield Finding("", "", f"one that moves one cell: {one:.0f} ms", ratio)


def _of_recording(found: Figures) -> Iterator[Finding]:
    bulk = found["bulk"]
    seconds, floor = (bulk[its]["wall"] * bulk["facts"] / 1e6 for its in ("microseconds", "floor_microseconds"))
    yield Finding(f"Read and record {bulk['facts']:,} facts in one go", f"{seconds:.2f} s", "", "")
    yield Finding("", "", f"their rows inserted by the driver alone: {floor:.2f} s", f"{bulk['ratio']['wall']} times")
    yield Finding(
        "", "", "the least of the repeats of both, where these are medians", f"{bulk['least']['ratio']['wall']} times"
    )
    for each in found["decisions"]:
        took, row = (each[its]["wall"] / 1e3 for its in ("microseconds", "floor_microseconds"))
        years = "a year" if each["years"] == 1 else f"{each['years']} years"
        yield Finding(f"Record a decision on a contract of {years} that is at hand", f"{took:.2f} ms", "", "")
        yield Finding("", "", f"its row inserted by the driver alone: {row:.2f} ms", f"{each['ratio']['wall']} times")


def _of_replaying(found: Figures) -> Iterator[Finding]:
    alone = [each for each in found["of_estates"] if each["workers"] == 1]
    first, largest = alone[0], alone[-1]
    floors = found["floors"]
    yield Finding(f"Replay {first['facts']:,} facts into the kept tables", f"{first['seconds']:.1f} s", "", "")
    for each in found["of_estates"]:
        if each["times_the_base"] == first["times_the_base"] and each["workers"] > 1:
            yield Finding(f"… with `--workers {each['workers']}`", f"{each['seconds']:.1f} s", "", "")
    yield Finding(
        "", "", f"reading the facts: {floors['facts_seconds']} s", f"{found['replay_to_reading_facts']} times"
    )
    yield Finding("", "", f"reading bare rows: {floors['rows_seconds']} s", f"{found['replay_to_reading_rows']} times")
    memory = f"{largest['process_mb']:.0f} MB"
    yield Finding(f"Memory of a replay of {largest['facts']:,} facts", memory, "", "")
    yield Finding("", "", f"of {first['facts']:,} facts", f"{found['peak_of_largest_to_first']} times")
    yield from _beside_the_runner(found["runner"])


def _beside_the_runner(runner: Figures) -> Iterator[Finding]:
    if "skipped" in runner:
        yield Finding("", "", f"the library's ProjectionRunner: skipped, {runner['skipped']}", "")
        return
    before, after = runner["replays_seconds"]
    work = f"Replay {runner['facts']:,} facts, before the peer and after"
    yield Finding(work, f"{before:.2f} s, {after:.2f} s", "", "")
    beside = f"the library's ProjectionRunner on PostgreSQL: {runner['seconds']:.1f} s"
    yield Finding("", "", beside, f"{runner['replay_speed_to_runner']} times as fast")


def _of_one_contract(found: Figures) -> Iterator[Finding]:
    first, largest = found["of_estates"][0], found["of_estates"][-1]
    took = first["contract_of_ten_years"]["warm"]
    work = "Six months of a contract of ten years and 40 KPIs, as at a date"
    yield Finding(work, f"{took['median_ms']} ms (95th percentile {took['p95_ms']} ms)", "", "")
    yield Finding(
        f"… in an estate {largest['times_the_base']} times as large", "", "", f"{found['largest_to_first']} times"
    )


def _of_whole_estate(found: Figures) -> Iterator[Finding]:
    ours = found["ours"]
    yield Finding(f"The whole estate as at a date: {_rows(ours['table'])}", *_took(ours["as_at"]))
    for peer, name in _PEERS.items():
        theirs = found[peer]
        yield _beside_a_peer(name, theirs, theirs.get("as_at"), theirs.get("as_at_peer_to_ours"))
    for place, span in enumerate(found["befores"]):
        yield Finding(
            f"What moved in {span}, with causes: {_rows(ours['differences'][place])}", *_took(ours["diffs"][place])
        )
        for peer, name in _PEERS.items():
            if "skipped" not in found[peer]:
                times = found[peer]["diff_peer_to_ours_with_causes"][span]
                yield _beside_a_peer(f"{name}, without causes", found[peer], found[peer]["diffs"][place], times)


def _rows(told: str) -> str:
    return told.partition(",")[0]


def _beside_a_peer(name: str, theirs: Figures, took: Figures | None, times: float | None) -> Finding:
    if took is None:
        return Finding("", "", f"{name}: skipped, {theirs['skipped']}", "")
    return Finding("", "", f"{name}: {took['median_ms']} ms", f"{times} times as long as ours")


def _took(spread: Figures) -> tuple[str, str, str]:
    return f"{spread['median_ms']} ms", "", ""


def write(run: Figures, folder: Path) -> None:
    """Write the page of a run, its pictures and its figures."""
    beside = folder / PAGE.removesuffix(".md")
    beside.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page(run), encoding="utf-8")
    (folder / RUN).write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")
    for picture in pictures(run["growing"]) if "growing" in run else []:
        (beside / f"{picture.name}.svg").write_text(drawn(picture), encoding="utf-8")


def main() -> None:
    """Write the page of the runs that are given."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.page", description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    run: Figures = {}
    for path in parser.parse_args().runs:
        run = json.loads(path.read_text(encoding="utf-8")) | run
    write(run, FOLDER)


if __name__ == "__main__":
    main()
