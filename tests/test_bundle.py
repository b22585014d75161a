"""A bundle holds as it was written, for any history and year, and what is in it is safe to open."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.bundle_made import Made, erasable_fields
from ledger.bundle import MANIFEST
from ledger.bundle_check import check
from ledger.facts import as_given
from ledger.financial_year import FinancialYear
from ledger.heads import Head, head_of
from ledger.period import Frequency
from ledger.sealing import from_text
from projections.moment import Moment
from projections.question import Question
from tests.bundles import (
    NO_NODE,
    NODE,
    Files,
    ask_node,
    ask_page,
    exported,
    facts_of,
    files_in,
    packed,
    rich,
    told,
    with_content,
    written,
)
from tests.conftest import Program
from tests.given import contract, kpi, results
from tests.histories.contracts import HORIZON, contracts, month
from tests.histories.drawing import histories
from tests.test_auditor import RELAXED, loaded

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLE_YEARS = [
    ("lincolnshire", "lincolnshire-css", "2017/18"),
    ("lincolnshire-2018-2021", "lincolnshire-css-later", "2018/19"),
]


@pytest.fixture(scope="module")
def rich_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rich") / "ledger.db"
    rich(Program(path))
    return path


@pytest.fixture(scope="module")
def bundle(rich_path: Path) -> Files:
    return exported(Program(rich_path), "waste", "2024/25", rich_path.parent / "waste")


# --- round trips ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["folder", "folder/", "folder.zip"])
@pytest.mark.parametrize(("sample", "contract_id", "year"), SAMPLE_YEARS)
def test_the_samples_go_out_and_hold(
    program: Program, tmp_path: Path, sample: str, contract_id: str, year: str, form: str
) -> None:
    program.done("sample", sample, "--to", str(tmp_path / sample))
    program.done("register", str(tmp_path / sample / "contract.toml"))
    program.done("record", str(tmp_path / sample / "facts.jsonl"))
    to, head = f"{tmp_path}/{form}", tmp_path / "head"
    head.write_text(program.done("head").stdout, encoding="utf-8")
    said = program.done("export", contract_id, "--financial-year", year, "--to", to)
    assert f"Head {head.read_text(encoding='utf-8')}" in said.stderr
    done = program.done("verify", to, "--head", str(head))
    assert (done.stdout, "Not proved" in done.stderr) == ("", False)
    if NODE and form == "folder":
        (answer,) = ask_node([(files_in(Path(to)), head.read_text(encoding="utf-8"))])["answers"]
        assert (answer["bad"], answer["unproved"]) == ([], [])


def test_a_ledger_of_several_contracts_with_erasures_signatures_and_reports_of_every_sort_holds(
    rich_path: Path, bundle: Files, tmp_path: Path
) -> None:
    done = Program(tmp_path / "none.db").done("verify", str(written(bundle, tmp_path / "bundle")), "--format", "json")
    found = json.loads(done.stdout)
    assert (found["ok"], found["facts"], found["problems"]) == (True, 34, [])
    assert "early <b> was published at position 50, under the head before it" in found["holds"]
    assert [each["file"] for each in told(bundle)["reports"]][-1] is None
    others = Program(rich_path).done("export", "care").stdout
    assert b"Snow for nine days" not in b"".join(bundle.values())
    assert not any(json.loads(line)["id"].encode() in bundle["facts.jsonl"] for line in others.splitlines())
    if NODE:
        (answer,) = ask_node([(bundle, "")])["answers"]
        assert answer["bad"] == []
        assert answer["good"] == found["holds"][: len(answer["good"])]


def test_a_bundle_is_the_same_as_folder_and_zip_and_each_time_it_is_written(rich_path: Path, tmp_path: Path) -> None:
    first = exported(Program(rich_path), "waste", "2024/25", tmp_path / "first")
    assert first == exported(Program(rich_path), "waste", "2024/25", tmp_path / "second")
    Program(rich_path).done("export", "waste", "--financial-year", "2024/25", "--to", str(tmp_path / "third.zip"))
    with ZipFile(tmp_path / "third.zip") as zipped:
        assert {each.removeprefix("third/"): zipped.read(each) for each in zipped.namelist()} == first
        assert {each.external_attr >> 16 for each in zipped.infolist()} == {0o644}


def test_the_lines_of_a_bundle_make_the_same_tables_in_a_new_ledger(own_sample: Program, tmp_path: Path) -> None:
    files = exported(own_sample, "lincolnshire-css", "2017/18", tmp_path / "out")
    other = Program(tmp_path / "other.db", own_sample.clock)
    other.done("record", str(tmp_path / "out" / "record.jsonl"))
    shown = ("lincolnshire-css", "--last", "2018-03", "--periods", "12", "--format", "csv")
    for view in ("rag", "summary", "abatement"):
        assert other.done(view, *shown).stdout.encode() == files[f"tables/{view}.csv"]


@settings(max_examples=12, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_the_bundle_of_any_history_holds_under_every_earlier_head(data: st.DataObject) -> None:
    drawn = data.draw(contracts())
    batches = data.draw(histories(drawn))
    begun = month(drawn["contract"]["commenced"]) // 12
    year = FinancialYear(begun + data.draw(st.integers(0, 3)))
    with tempfile.TemporaryDirectory() as folder:
        ledger, _ = loaded(Path(folder), drawn, batches)
        with ledger:
            history, leaves = ledger.history("css"), ledger.leaves()
            rows = [(row.position, row.content(), from_text(row.opened or "{}")) for row in ledger.rows_since(0)]
        moment = Moment(HORIZON, datetime(2026, 7, 2, tzinfo=UTC), len(leaves))
        files = Made(Question("css", history, moment), rows, leaves, year, "0").files()
        heads = [head_of(leaves[:size]) for size in range(len(leaves) + 1)]
        found, read = check(files, heads)
        assert found.bad == []
        assert read is not None
        assert [each.recorded() for each in read.facts] == history
        manifest = json.loads(files[MANIFEST])
        kept = Head(len(leaves), bytes.fromhex(manifest["head"]["root"]), contract="css", of_contract=len(leaves))
        assert check(files, [kept])[0].bad == []
        assert check(files, [replace(kept, of_contract=len(leaves) + 1)])[0].bad != []
        if NODE:
            (answer,) = ask_node([(files, files[MANIFEST].decode())])["answers"]
            assert (answer["bad"], answer["unproved"]) == ([], [])


def test_a_contract_without_points_and_without_reports_has_a_bundle_too(program: Program, tmp_path: Path) -> None:
    assert program.record({**as_given(contract()), "scheme": None}, kpi()).exit_code == 0
    files = exported(program, "c", "2024/25", tmp_path / "out")
    assert (told(files)["reports"], "tables/abatement.csv" in files) == ([], True)
    assert b"None bears on the year." in files["index.html"]
    assert program.done("verify", str(tmp_path / "out")).stdout == ""


def test_an_earlier_manifest_will_do_as_a_kept_head(rich_path: Path, tmp_path: Path) -> None:
    path = tmp_path / "later.db"
    path.write_bytes(rich_path.read_bytes())
    program = Program(path)
    exported(program, "waste", "2024/25", tmp_path / "first")
    program.done("submit", "waste", "B1", "2025-06", "99", "--by", "CARTERS", "--dated", "2025-07-05")
    exported(program, "waste", "2024/25", tmp_path / "second")
    done = program.done("verify", str(tmp_path / "second"), "--head", str(tmp_path / "first" / MANIFEST))
    assert "Holds: the ledger extends the kept head of 54 facts." in done.stderr


# --- financial years -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frequency", "commenced", "columns"),
    [
        ("monthly", "2017-11", ["2017-11", "2017-12", "2018-01", "2018-02", "2018-03"]),
        ("quarterly", "2015-04", ["2017-04", "2017-07", "2017-10", "2018-01"]),
        ("quarterly", "2016-06", ["2017-06", "2017-09", "2017-12", "2018-03"]),
        ("six-monthly", "2017-09", ["2017-09", "2018-03"]),
        ("annual", "2015-07", ["2017-07"]),
        ("annual", "2018-03", ["2018-03"]),
    ],
)
def test_the_tables_show_the_periods_that_begin_in_the_year(
    program: Program, tmp_path: Path, frequency: str, commenced: str, columns: list[str]
) -> None:
    day = {"dated": f"{commenced}-01"}
    row = {"from": commenced, "tsl": "90", "msl": "80"}
    own = as_given(contract(commenced=commenced, held_from=commenced, frequency=frequency))
    assert (
        program.record({**own, **day}, {**as_given(kpi(first_period=commenced, targets=[row])), **day}).exit_code == 0
    )
    files = exported(program, "c", "2017/18", tmp_path / "out")
    assert program.done("verify", str(tmp_path / "out")).stdout == ""
    last, step = columns[-1], {"monthly": 1, "quarterly": 3, "six-monthly": 6, "annual": 12}[frequency]
    assert FinancialYear(2017).columns(commenced, Frequency(frequency)) == columns
    asked = ("rag", "c", "--last", last, "--periods", str(len(columns)), "--format", "csv")
    assert files["tables/rag.csv"].decode() == program.done(*asked).stdout
    assert step * (len(columns) - 1) == month(last) - month(columns[0])


@pytest.mark.parametrize(
    ("year", "sentence"),
    [
        ("2014/15", "lincolnshire-css began in 2015-04, after 2014/15; give a later year"),
        ("2026/27", "2026/27 has not begun for lincolnshire-css; give an earlier year"),
        ("2017/19", 'found "2017/19"; give a financial year such as 2017/18'),
        ("2017", 'found "2017"; give a financial year such as 2017/18'),
        ("١٩١٧/18", "give a financial year such as 2017/18"),
    ],
)
def test_a_year_that_the_contract_has_nothing_of_is_refused(
    sample: Program, tmp_path: Path, year: str, sentence: str
) -> None:
    done = sample.run("export", "lincolnshire-css", "--financial-year", year, "--to", str(tmp_path / "out"))
    assert (done.exit_code, done.stdout, sentence in done.stderr) == (2, "", True), done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("no-such", "--financial-year", "2017/18", "--to", "new"), 2, 'the ledger has no contract "no-such"'),
        (("lincolnshire-css", "--to", "new"), 2, "a bundle is of one contract and year"),
        (("lincolnshire-css", "--financial-year", "2017/18"), 2, "a bundle is of one contract and year"),
        (("lincolnshire-css", "--financial-year", "2017/18", "--to", "no/where"), 2, "there is no folder "),
        (("lincolnshire-css", "--financial-year", "2017/18", "--to", "full"), 2, "is there already; give a new folder"),
        (
            ("lincolnshire-css", "--financial-year", "2017/18", "--to", "a.zip"),
            2,
            "is there already; give a new folder",
        ),
        (("lincolnshire-css", "--financial-year", "2017/18", "--to", "link"), 2, "is there already; give a new folder"),
    ],
)
def test_a_bundle_that_cannot_be_written_is_refused_in_a_sentence(
    sample: Program,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    sentence: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    written({"full/x": b"", "a.zip": b""}, tmp_path)
    Path("link").symlink_to("nowhere")
    done = sample.run("export", *arguments)
    assert (done.exit_code, sentence in done.stderr) == (status, True), done.stderr
    assert {each.name for each in tmp_path.iterdir()} == {"full", "a.zip", "link"}


def test_a_bundle_that_cannot_be_written_to_its_end_leaves_nothing(
    rich_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for to in (tmp_path / "out", tmp_path / "out.zip"):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "rename", _no_space)
            done = Program(rich_path).run("export", "waste", "--financial-year", "2024/25", "--to", str(to))
        assert (done.exit_code, done.stderr) == (3, "the output cannot be written (No space left on device)\n")
        assert list(tmp_path.iterdir()) == []


def _no_space(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (
            "state = CAST(replace(CAST(state AS TEXT), '\"96.5\"', '\"99.5\"') AS BLOB)",
            1,
            "not the one its leaf was made of",
        ),
        ("leaf = x'00' WHERE position = 3", 3, "has no tree over its facts; run `contract-ledger verify`"),
        ("state = x'FF' WHERE position = 3", 3, "does not read back"),
        (
            "state = replace(state, 'pinned', 'better') WHERE position = 47",
            3,
            "fact 47 is not the one its leaf was made of",
        ),
    ],
)
def test_a_ledger_that_was_tampered_with_gives_no_bundle_that_holds(
    rich_path: Path, tmp_path: Path, change: str, status: int, said: str
) -> None:
    path = tmp_path / "tampered.db"
    path.write_bytes(rich_path.read_bytes())
    with closing(sqlite3.connect(path)) as connection, connection:
        for (trigger,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{trigger}"')
        ((table,),) = connection.execute("SELECT name FROM sqlite_master WHERE sql LIKE '%subtree%' AND type = 'table'")
        assert connection.execute(f"UPDATE {table} SET {change}").rowcount
    done = Program(path).run("export", "waste", "--financial-year", "2024/25", "--to", str(tmp_path / "out"))
    assert (done.exit_code, said in done.stderr) == (status, True), done.stderr
    assert (tmp_path / "out").exists() is (status == 1)
    assert status == 3 or Program(path).run("verify", str(tmp_path / "out")).exit_code == 1


# --- folders and archives that strangers made ----------------------------------------------------------------------


def zipped(path: Path, entries: list[tuple[str, bytes]], compression: int = ZIP_DEFLATED) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)
        with ZipFile(path, "w", compression) as made:
            for name, content in entries:
                made.writestr(name, content)
    return path


def encrypted(path: Path, files: Files) -> Path:
    raw = bytearray(packed(files, path).read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for at in (each.start() for each in re.finditer(re.escape(signature), bytes(raw))):
            raw[at + flags] |= 1
    path.write_bytes(raw)
    return path


def bomb(path: Path) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as made:
        for number in range(9):
            with made.open(f"{number}.txt", "w") as entry:
                for _ in range(64):
                    entry.write(bytes(1 << 20))
    return path


STRANGE = [
    ("nothing there", lambda folder, _: folder / "none", 2, "cannot be read (No such file or directory)"),
    ("an empty folder", lambda folder, _: folder, 2, "has no manifest.json; give a bundle"),
    ("a file of another kind", lambda folder, _: written({"x": b"hello"}, folder) / "x", 2, "is no bundle"),
    ("an empty file", lambda folder, _: written({"x.zip": b""}, folder) / "x.zip", 2, "is no bundle"),
    ("an empty zip", lambda folder, _: zipped(folder / "x.zip", []), 2, "has no manifest.json"),
    ("a device", lambda *_: Path("/dev/null"), 2, "is neither a folder nor a file"),
    ("a broken zip", lambda folder, files: cut(packed(files, folder / "x.zip")), 2, "is no bundle"),
    ("a zip with a byte changed", lambda folder, files: flipped(packed(files, folder / "x.zip")), 2, "is no bundle"),
    ("an encrypted zip", lambda folder, files: encrypted(folder / "x.zip", files), 2, "is no bundle"),
    (
        "another compression",
        lambda folder, files: zipped(folder / "x.zip", [*files.items()], ZIP_BZIP2),
        2,
        "is no bundle",
    ),
    ("a zip bomb", lambda folder, _: bomb(folder / "x.zip"), 2, "it has more than 10,000 files, or than 512 MiB"),
    (
        "too many files",
        lambda folder, _: zipped(folder / "x.zip", [(str(n), b"") for n in range(10_001)]),
        2,
        "more than 10,000",
    ),
    (
        "a name twice",
        lambda folder, files: zipped(folder / "x.zip", [*files.items(), ("leaves.txt", b"")]),
        1,
        "leaves.txt is in it twice",
    ),
    (
        "a name that climbs",
        lambda folder, files: zipped(folder / "x.zip", [*files.items(), ("../x", b"")]),
        1,
        "../x is not in",
    ),
    (
        "a name from the root",
        lambda folder, files: zipped(folder / "x.zip", [*files.items(), ("/x", b"")]),
        1,
        "/x is not in",
    ),
    (
        "two folders",
        lambda folder, files: zipped(folder / "x.zip", [(f"{n[0]}/{n}", c) for n, c in files.items()]),
        2,
        "has no manifest",
    ),
    (
        "a link",
        lambda folder, files: linked(written(files, folder), "/etc/passwd"),
        1,
        "more is no file of its own, but a link",
    ),
    ("a link to a folder", lambda folder, files: linked(written(files, folder), "."), 1, "more is no file of its own"),
    ("a pipe", lambda folder, files: piped(written(files, folder)), 1, "pipe is no file of its own"),
    (
        "a name of no characters",
        lambda folder, files: unnamed(written(files, folder)),
        1,
        "\\udcff is not in the manifest",
    ),
    (
        "a name that disguises",
        lambda folder, files: written({**files, "a\u202eb\n": b""}, folder),
        1,
        "a\\u202eb\\n is not in",
    ),
    ("a file gone", lambda folder, files: gone(written(files, folder), "leaves.txt"), 1, "leaves.txt is missing"),
    ("the manifest gone", lambda folder, files: gone(written(files, folder), MANIFEST), 1, "manifest.json is missing"),
    (
        "what systems leave",
        lambda folder, files: written({**files, ".DS_Store": b"x", "tables/Thumbs.db": b""}, folder),
        0,
        "passed over: .DS_Store, tables/Thumbs.db",
    ),
    (
        "a zip of a Mac",
        lambda folder, files: zipped(
            folder / "x.zip", [*((f"a/{n}", c) for n, c in files.items()), ("__MACOSX/a/._x", b"")]
        ),
        0,
        "passed over: __MACOSX/a/._x",
    ),
    ("files without a folder", lambda folder, files: packed(files, folder / "x.zip"), 0, "Holds: "),
]


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-30])
    return path


def flipped(path: Path) -> Path:
    content = bytearray(path.read_bytes())
    content[len(content) // 3] ^= 1
    path.write_bytes(content)
    return path


def linked(folder: Path, target: str) -> Path:
    (folder / "more").symlink_to(target)
    return folder


def piped(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    return folder


def unnamed(folder: Path) -> Path:
    (folder / os.fsdecode(b"\xff")).write_bytes(b"")
    return folder


def gone(folder: Path, name: str) -> Path:
    (folder / name).unlink()
    return folder


@pytest.mark.parametrize(("make", "status", "said"), [each[1:] for each in STRANGE], ids=[each[0] for each in STRANGE])
def test_what_a_stranger_hands_over_is_read_without_harm(
    bundle: Files, tmp_path: Path, make: Callable[[Path, Files], Path], status: int, said: str
) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    before = make(folder, bundle)
    done = Program(tmp_path / "none.db").run("verify", str(before))
    assert (done.exit_code, said in done.output) == (status, True), done.output
    assert {each.name for each in tmp_path.iterdir()} == {"given"}


# --- the page ------------------------------------------------------------------------------------------------------

VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Walks a page, and notes its elements with their attributes, and what is not closed as it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


HOSTILE = "</script><img src=x onerror=alert(1)> {{script}} \"quoted\" 'and' & Ünïcode ✓ \u2028"


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, Page]:
    folder = tmp_path_factory.mktemp("hostile")
    program = Program(folder / "ledger.db")
    assert program.record(contract(title=HOSTILE), kpi(), *results(("2025-01", "95"))).exit_code == 0
    shown = ("--as-at", "2025-03-01", "--last", "2025-01", "--periods", "1", "--by", "A")
    program.done("publish", "c", *shown, "--report", "../<b>{{head}}", "--title", HOSTILE)
    files = exported(program, "c", "2024/25", folder / "out")
    program.done("verify", str(folder / "out"))
    page = Page()
    page.feed(files["index.html"].decode())
    return files, page


def test_the_page_is_whole_and_stays_inert_whatever_names_are_in_it(hostile_page: tuple[Files, Page]) -> None:
    files, page = hostile_page
    assert (page.wrong, page.open) == ([], [])
    assert page.all("html") == [{"lang": "en-GB"}]
    assert [len(page.all(each)) for each in ("h1", "script", "style", "title", "main", "img", "link", "base")] == [
        *(1, 1, 1, 1),
        *(1, 0, 0, 0),
    ]
    labelled = {each["for"] for each in page.all("label")}
    assert {each["id"] for each in page.all("input")} == labelled
    assert not [name for _, attributes in page.found for name in attributes if name.startswith("on")]
    assert not [
        name for _, attributes in page.found for name in attributes if name in ("src", "href", "action", "style")
    ]
    assert "</script><img src=x onerror=alert(1)> {{script}} \"quoted\" 'and' & Ünïcode ✓" in page.text
    assert "../<b>{{head}}" in page.text
    assert all(re.fullmatch(r"[a-z_]+\.[a-z0-9]+|(tables|reports|proofs)/[a-z0-9-]+\.[a-z]+", name) for name in files)


def test_the_page_runs_no_script_but_its_own_and_reaches_nothing(hostile_page: tuple[Files, Page]) -> None:
    from base64 import b64encode

    files, page = hostile_page
    text = files["index.html"].decode()
    (policy,) = [each["content"] for each in page.all("meta") if each.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for element in ("script", "style"):
        (inside,) = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        assert f"{element}-src 'sha256-{b64encode(sha256(inside.encode()).digest()).decode()}'" in policy
    assert not re.search(r"https?://|fetch\(|XMLHttpRequest|import\(|eval\(|innerHTML|document\.write", text)


@pytest.mark.skipif(NODE is None, reason=NO_NODE)
def test_the_page_hashes_as_hashlib_does() -> None:
    texts = [bytes(number * 7 % 256 for number in range(length)) for length in [*range(260), 1000, 4096, 65_537]]
    assert ask_node(texts=texts)["hashes"] == [sha256(each).hexdigest() for each in texts]


@pytest.mark.skipif(NODE is None, reason=NO_NODE)
def test_the_page_says_what_it_found_and_what_it_cannot_prove(bundle: Files, tmp_path: Path) -> None:
    text = bundle["index.html"].decode()
    (inside,) = re.findall("<script>(.*?)</script>", text, re.DOTALL)
    script, folder = tmp_path / "page.js", written(bundle, tmp_path / "a folder")
    script.write_text(inside, encoding="utf-8")
    shown = ask_page(script, folder, "")
    assert shown["verdict"] == "What is checked here holds."
    assert shown["found"][0] == "Holds: 27 files are those that the manifest names."
    assert [each.partition(":")[0] for each in shown["found"]].count("Not proved") == 2
    head = told(bundle)["head"]
    assert "no head was given" not in str(ask_page(script, folder, f"{head['size']} {head['root']}"))
    (folder / "leaves.txt").write_bytes(b"")
    shown = ask_page(script, folder, "")
    assert shown["verdict"] == "It does not hold."
    assert shown["found"][0] == "Wrong: leaves.txt is not the file that the manifest names."


def test_the_page_knows_which_fields_may_be_erased() -> None:
    known = erasable_fields()
    assert {name: known["MitigationGranted"][name] for name in ("by", "approved_by", "reason", "note")} == {
        "by": "person",
        "approved_by": "person",
        "reason": "text",
        "note": "text",
    }
    assert "value" not in known["PerformanceSubmitted"]


def test_a_signature_that_does_not_hold_is_found_even_if_the_tree_fits(bundle: Files, tmp_path: Path) -> None:
    facts = facts_of(bundle)
    number = next(at for at, each in enumerate(facts) if '"signature"' in each["content"])
    content = facts[number]["content"]
    assert '"97.5"' in content
    forged = with_content(bundle, number, content.replace('"97.5"', '"99.5"'), honest_tree=False)
    done = Program(tmp_path / "none.db").run("verify", str(written(forged, tmp_path / "bundle")))
    assert (done.exit_code, "the signature of" in done.stdout) == (1, True)
