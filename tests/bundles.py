"""Bundles for tests: one that has everything in it, ways to forge one, and both programs that check one."""

from __future__ import annotations

import json
import shutil
import subprocess
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

from cli.bundle_made import erasable_fields
from ledger.bundle import FACTS, LEAVES, MANIFEST, SEAL, manifest_of, seal_of
from ledger.proof import leaf_hash, root_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.conftest import Program

NODE = shutil.which("node")
NO_NODE = "there is no node on this machine, so the JavaScript of the page is not run"
CHECKER = Path(__file__).parent.parent / "cli" / "bundle_page" / "check.js"
PUBLISHED = Path(__file__).parent / "published"
Files = dict[str, bytes]
_RUNNER = """
const { check, sha256 } = require(process.argv[1]);
const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));
const answers = asked.cases.map(([files, head]) =>
  check(new Map(Object.entries(files).map(([name, content]) => [name, bytes(content)])), head, asked.erasable));
process.stdout.write(JSON.stringify({ answers, hashes: asked.texts.map((text) => sha256(bytes(text))) }));
"""


def ask_node(cases: Iterable[tuple[Mapping[str, bytes], str]] = (), texts: Iterable[bytes] = ()) -> Any:
    """Return what the page's JavaScript finds of bundles with kept heads, and its SHA-256 of texts."""
    assert NODE
    packed = [({name: b64encode(content).decode() for name, content in files.items()}, head) for files, head in cases]
    asked = {"cases": packed, "texts": [b64encode(each).decode() for each in texts], "erasable": erasable_fields()}
    command = [NODE, "-e", _RUNNER, str(CHECKER)]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


_BROWSER = """
const [script, kept, folder] = [process.argv[1], process.argv[2], process.argv[3]];
const fs = require("fs"), path = require("path");
const inside = fs.readdirSync(folder, { recursive: true, withFileTypes: true });
const chosen = inside.filter((each) => each.isFile()).map((each) => {
  const file = path.join(each.parentPath || each.path, each.name);
  return { name: each.name, webkitRelativePath: path.relative(path.dirname(folder), file),
    arrayBuffer: async () => new Uint8Array(fs.readFileSync(file)).buffer };
});
const element = () => ({ listeners: {}, items: [], value: "", files: [],
  addEventListener(kind, listener) { this.listeners[kind] = listener; },
  replaceChildren(...items) { this.items = items; } });
const elements = { head: element(), files: element(), verdict: element(), found: element() };
globalThis.document = { getElementById: (id) => elements[id], createElement: element };
new Function(fs.readFileSync(script, "utf8"))();
elements.head.value = kept;
elements.files.files = chosen;
elements.files.listeners.change().then(() => process.stdout.write(JSON.stringify(
  { verdict: elements.verdict.textContent, found: elements.found.items.map((item) => item.textContent) })));
"""


def ask_page(script: Path, folder: Path, kept: str) -> Any:
    """Return what a page shows when somebody puts in a kept head and chooses a folder; its elements are stand-ins."""
    assert NODE
    command = [NODE, "-e", _BROWSER, str(script), kept, str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def written(files: Mapping[str, bytes], folder: Path) -> Path:
    """Write files to a new folder."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def packed(files: Mapping[str, bytes], path: Path) -> Path:
    """Write files to a new .zip."""
    with ZipFile(path, "w") as made:
        for name, content in files.items():
            made.writestr(name, content)
    return path


def files_in(folder: Path) -> Files:
    return {each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()}


def exported(program: Program, contract: str, year: str, folder: Path) -> Files:
    """Return the files of a bundle that `export` wrote to a folder."""
    program.done("export", contract, "--financial-year", year, "--to", str(folder))
    return files_in(folder)


def rich(program: Program) -> None:
    """Fill a ledger with two contracts, one in between the facts of the other, and all that a bundle can hold.

    The waste contract has a report that was recorded without a digest, one that was pinned and printed a text erased
    since, its addendum and reissue, one that cannot be drawn, a signed return, and a fact after the last report.
    """
    program.done("register", str(PUBLISHED / "waste" / "contract.toml"))
    program.done("register", str(PUBLISHED / "care" / "contract.toml"))
    lines = (PUBLISHED / "waste" / "facts.jsonl").read_bytes().splitlines()
    program.done("record", "-", given=b"\n".join(lines[:8]))
    program.done("record", str(PUBLISHED / "care" / "facts.jsonl"))
    program.done("record", "-", given=b"\n".join(lines[8:]))
    shown = ("--last", "2025-04", "--periods", "4", "--by", "BOROUGH/c.clerk")
    program.done("publish", "waste", "--as-at", "2025-05-15", "--report", "pinned", *shown)
    program.done("publish", "waste", "--as-at", "2025-05-15", "--report", "more", "--addendum-to", "pinned", *shown)
    again = ("--reissues", "pinned", "--reason", "A page was missing.")
    program.done("publish", "waste", "--as-at", "2025-05-15", "--report", "pinned-again", *again, *shown)
    program.record(
        {
            "fact": "ReportPublished",
            "id": "early",
            "contract": "waste",
            "dated": "2025-05-20",
            "by": "BOROUGH",
            "report": "early <b>",
            "title": 'A "quoted" </script>{{script}} title',
            "as_at": "2024-12-01",
            "first_period": "2025-01",
            "last_period": "2025-02",
        }
    )
    key, signed = program.path.with_name("key.pem"), program.path.with_name("signed.jsonl")
    public = program.done("key", "new", str(key)).stdout.splitlines()[0].removeprefix("Public key: ")
    program.done("register-key", "waste", "CARTERS", public, "--by", "BOROUGH", "--dated", "2025-01-02")
    own = {"fact": "PerformanceSubmitted", "contract": "waste", "dated": "2025-06-05", "by": "CARTERS/k.hall"}
    given = json.dumps({**own, "kpi": "B1", "period": "2025-05", "value": "97.5", "note": "By hand: 7 – 8 ✓"}).encode()
    program.done("sign", "-", "--key", str(key), "--to", str(signed), given=given)
    program.done("record", str(signed))
    erasing = ("--text", "snow=reason", "--person", "CARTERS/k.hall", "--by", "BOROUGH", "--reason", "Asked for.")
    program.done("erase", "waste", *erasing)
    program.done(
        "submit", "waste", "S1", "2025-05", "9", "--by", "CARTERS", "--dated", "2025-06-09", "--id", "the-last"
    )


def told(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what a bundle's manifest says beside its files."""
    manifest = json.loads(files[MANIFEST])
    return {name: value for name, value in manifest.items() if name not in ("bundle", "files")}


def sealed(files: Mapping[str, bytes], **changes: Any) -> Files:
    """Return a bundle with a manifest that fits its files, as a forger would make it."""
    rest = {name: content for name, content in files.items() if name not in (MANIFEST, SEAL)}
    manifest = manifest_of(rest, {**told(files), **changes})
    return {**rest, MANIFEST: manifest, SEAL: seal_of(manifest)}


def facts_of(files: Mapping[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in files[FACTS].decode().split("\n")[:-1]]


def with_facts(files: Mapping[str, bytes], facts: Iterable[Any], **changes: Any) -> Files:
    """Return a bundle with other facts, and a manifest that fits them."""
    lines = [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in facts]
    changed = {**files, FACTS: "".join(f"{line}\n" for line in lines).encode()}
    return sealed(changed, **{"facts": len(lines), **changes})


def leaves_of(files: Mapping[str, bytes]) -> list[bytes]:
    return [bytes.fromhex(line) for line in files[LEAVES].decode().split()]


def with_tree(files: Mapping[str, bytes], leaves: list[bytes], **changes: Any) -> Files:
    """Return a bundle with other leaves, and a manifest whose head fits them."""
    head = {"size": len(leaves), "root": root_of(leaves).hex()}
    return sealed({**files, LEAVES: "".join(f"{leaf.hex()}\n" for leaf in leaves).encode()}, head=head, **changes)


def with_content(files: Mapping[str, bytes], number: int, content: str, *, honest_tree: bool) -> Files:
    """Return a bundle in which a fact has other bytes; unless the tree is to stay honest, its leaf fits them."""
    facts = facts_of(files)
    facts[number]["content"] = content
    changed = with_facts(files, facts)
    if honest_tree:
        return changed
    leaves = leaves_of(files)
    leaves[facts[number]["position"] - 1] = leaf_hash(content.encode())
    return with_tree(changed, leaves)


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()
