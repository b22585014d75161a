"""Timestamps, from an authority of our own on this machine: what holds, what does not, and when there is no answer."""

from __future__ import annotations

import shutil
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import Program

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the authority of the tests is openssl")
HEAD = f"631 {'ab' * 32}\n"
REPLY = "application/timestamp-reply"
SETTINGS = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[here]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = {digests}
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path, name: str) -> Path:
    """Make a root, and a certificate that it issued for stamping; return their folder."""
    folder.mkdir()
    for each in ("root", "stamper"):
        settings = SETTINGS.format(name=f"{name} {each}", folder=folder, digests="sha256")
        (folder / f"{each}.cnf").write_text(settings, encoding="utf-8")
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    own = ("-config", "root.cnf", "-extensions", "ca", "-days", "9", "-keyout", "root.key", "-out", "root.pem")
    openssl(folder, "req", "-x509", *key, *own)
    openssl(folder, "req", *key, "-config", "stamper.cnf", "-keyout", "stamper.key", "-out", "stamper.csr")
    issuer = ("-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial", "-days", "9")
    uses = ("-extfile", "stamper.cnf", "-extensions", "tsa")
    openssl(folder, "x509", "-req", "-in", "stamper.csr", *issuer, *uses, "-out", "stamper.pem")
    (folder / "serial").write_text("01\n", encoding="utf-8")
    return folder


@dataclass
class Authority:
    """A time-stamping authority on this machine; what it answers can be spoilt."""

    folder: Path
    status: int = 200
    kind: str = REPLY
    body: bytes | None = None
    earlier: bytes | None = None
    refuses: bool = False
    asked: list[bytes] = field(default_factory=list)
    url: str = ""

    def answer(self, question: bytes) -> bytes:
        self.asked.append(question)
        (self.folder / "question.tsq").write_bytes(self.earlier or question)
        if self.refuses:
            settings = (
                (self.folder / "stamper.cnf")
                .read_text(encoding="utf-8")
                .replace("digests = sha256", "digests = sha512")
            )
            (self.folder / "stamper.cnf").write_text(settings, encoding="utf-8")
        signed = ("-signer", "stamper.pem", "-inkey", "stamper.key", "-out", "answer.tsr")
        settings_of = ("-config", "stamper.cnf", "-section", "here", "-queryfile", "question.tsq")
        openssl(self.folder, "ts", "-reply", *settings_of, *signed)
        return (self.folder / "answer.tsr").read_bytes()

    @property
    def root(self) -> str:
        return str(self.folder / "root.pem")


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_authority(tmp_path_factory.mktemp("authorities") / "good", "Good")


@pytest.fixture
def authority(made: Path, tmp_path: Path) -> Iterator[Authority]:
    folder = tmp_path / "authority"
    shutil.copytree(made, folder)
    text = (folder / "stamper.cnf").read_text(encoding="utf-8").replace(str(made), str(folder))
    (folder / "stamper.cnf").write_text(text, encoding="utf-8")
    yield from serving(Authority(folder))


def serving(of: Authority) -> Iterator[Authority]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            body = of.body if of.body is not None else of.answer(question)
            self.send_response(of.status)
            self.send_header("Content-Type", of.kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        of.url = f"http://127.0.0.1:{server.server_port}/tsa"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield of
        server.shutdown()
        thread.join()


@pytest.fixture
def head(tmp_path: Path) -> Path:
    file = tmp_path / "head.txt"
    file.write_text(HEAD, encoding="utf-8")
    return file


def stamped(program: Program, head: Path, authority: Authority, *more: str) -> tuple[int, str]:
    done = program.run("timestamp", str(head), "--url", authority.url, "--authority", authority.root, *more)
    return done.exit_code, done.output


def test_a_head_is_stamped_and_the_stamp_verifies_without_a_network(
    program: Program, head: Path, authority: Authority
) -> None:
    status, said = stamped(program, head, authority)
    assert status == 0
    assert said.startswith("The head abababababababab… of 631 facts was stamped at 20")
    assert said.splitlines()[0].endswith(" UTC by CN=Good stamper.")
    stamp = head.with_name("head.txt.tsr")
    again = program.run("verify-timestamp", str(head), str(stamp), "--authority", authority.root)
    assert (again.exit_code, again.stdout.splitlines()[0]) == (0, said.splitlines()[0])
    by_others = ["openssl", "ts", "-verify", "-data", str(head), "-in", str(stamp), "-CAfile", authority.root]
    assert subprocess.run(by_others, capture_output=True, check=False).returncode == 0


def test_a_head_written_in_another_way_is_the_same_head(program: Program, head: Path, authority: Authority) -> None:
    stamped(program, head, authority)
    stamp = str(head.with_name("head.txt.tsr"))
    for other in (HEAD.replace("\n", "\r\n"), f'{{"root": "{"ab" * 32}", "size": 631}}', "\ufeff" + HEAD):
        head.write_text(other, encoding="utf-8", newline="")
        assert program.run("verify-timestamp", str(head), stamp, "--authority", authority.root).exit_code == 0


@pytest.mark.parametrize("other", [HEAD.replace("631", "630"), HEAD.replace("ab\n", "ac\n")])
def test_a_stamp_of_another_head_does_not_hold(program: Program, head: Path, authority: Authority, other: str) -> None:
    stamped(program, head, authority)
    head.write_text(other, encoding="utf-8")
    stamp = head.with_name("head.txt.tsr")
    done = program.run("verify-timestamp", str(head), str(stamp), "--authority", authority.root)
    assert (done.exit_code, "does not hold: it is the stamp of another head." in done.stderr) == (1, True)


def test_a_stamp_that_was_tampered_with_does_not_hold(program: Program, head: Path, authority: Authority) -> None:
    stamped(program, head, authority)
    stamp = head.with_name("head.txt.tsr")
    whole = stamp.read_bytes()
    token = whole.index(bytes.fromhex("060b2a864886f70d0109100104"))
    places = [*range(9, 30), *range(token, token + 120, 5), *range(len(whole) - 60, len(whole), 7)]
    for at in places:
        stamp.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        done = program.run("verify-timestamp", str(head), str(stamp), "--authority", authority.root)
        assert (done.exit_code, done.stdout) == (1, ""), at
    for cut in (b"", whole[:-1], whole[:100], b"\x30\x80", b"SIZE ROOT", whole + b"\x00"):
        stamp.write_bytes(cut)
        assert program.run("verify-timestamp", str(head), str(stamp), "--authority", authority.root).exit_code == 1


def test_a_stamp_is_believed_only_under_a_certificate_that_was_given(
    program: Program, head: Path, authority: Authority, tmp_path: Path
) -> None:
    other = make_authority(tmp_path / "other", "Good")
    stamped(program, head, authority)
    stamp = str(head.with_name("head.txt.tsr"))
    done = program.run("verify-timestamp", str(head), stamp, "--authority", str(other / "root.pem"))
    assert (done.exit_code, "the certificates given vouch for" in done.stderr) == (1, True)
    head.with_name("head.txt.tsr").unlink()
    authority.folder = other
    done = program.run(
        "timestamp", str(head), "--url", authority.url, "--authority", str(tmp_path / "authority/root.pem")
    )
    assert (done.exit_code, Path(stamp).exists()) == (1, False)


def test_an_authority_that_refuses_is_quoted_and_nothing_is_written(
    program: Program, head: Path, authority: Authority
) -> None:
    authority.refuses = True
    status, said = stamped(program, head, authority)
    assert (status, "does not hold: the authority refused (status 2): " in said) == (1, True)
    assert not head.with_name("head.txt.tsr").exists()


def test_an_answer_to_an_earlier_question_is_not_taken_for_one_to_this(
    program: Program, head: Path, authority: Authority
) -> None:
    stamped(program, head, authority)
    head.with_name("head.txt.tsr").unlink()
    authority.earlier = authority.asked[0]
    status, said = stamped(program, head, authority)
    assert (status, "does not hold: nonce mismatch." in said) == (1, True)


@pytest.mark.parametrize(
    ("spoilt", "status", "sentence"),
    [
        ({"status": 503}, 2, "answers 503 Service Unavailable; ask again, or another"),
        ({"kind": "text/html", "body": b"<p>Hello"}, 2, "answers with text/html, and a timestamp is"),
        ({"body": b""}, 1, "does not hold: it is no answer as in RFC 3161."),
        ({"body": b"\x30\x03\x02\x01\x00"}, 1, "does not hold: "),
        ({"body": b"\x00" * (1 << 20) + b"\x00"}, 2, "answers with more than 1 MiB"),
    ],
    ids=["down", "a page", "nothing", "half an answer", "too much"],
)
def test_an_authority_that_answers_otherwise_is_told_of_in_a_sentence(
    program: Program, head: Path, authority: Authority, spoilt: dict[str, object], status: int, sentence: str
) -> None:
    for name, value in spoilt.items():
        setattr(authority, name, value)
    found, said = stamped(program, head, authority)
    assert (found, sentence in said) == (status, True), said
    assert said.count("\n") == 1
    assert not head.with_name("head.txt.tsr").exists()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://127.0.0.1:9/", "http://127.0.0.1:9/ cannot be asked (Connection refused); ask again, or another"),
        ("file:///etc/passwd", "give an address that begins with http:// or https://"),
        ("127.0.0.1", "give an address that begins with http:// or https://"),
        ("http://", "cannot be asked ("),
        ("http://127.0.0.1:99999/", "cannot be asked ("),
        ("http://[::1", "cannot be asked ("),
        ("http://a b/", "cannot be asked ("),
        ("http://127.0.0.1:9/\u00fc", "cannot be asked ("),
    ],
)
def test_an_address_where_nobody_answers_is_told_of_in_a_sentence(
    program: Program, head: Path, authority: Authority, url: str, sentence: str
) -> None:
    authority.url = url
    status, said = stamped(program, head, authority)
    assert (status, sentence in said, said.count("\n")) == (2, True, 1), said


def test_an_authority_that_never_answers_is_not_waited_for_for_ever(
    program: Program, head: Path, authority: Authority
) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        authority.url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        status, said = stamped(program, head, authority, "--seconds", "1")
    assert (status, "cannot be asked (timed out)" in said) == (2, True)


def test_files_that_are_not_what_they_should_be_are_named(program: Program, head: Path, authority: Authority) -> None:
    stamped(program, head, authority)
    again = stamped(program, head, authority)
    assert (again[0], "is there already; give a head that has no stamp yet" in again[1]) == (2, True)
    stamp = str(head.with_name("head.txt.tsr"))
    nothing = program.run("verify-timestamp", str(head), stamp, "--authority", str(head))
    assert (nothing.exit_code, "holds no certificate in PEM" in nothing.stderr) == (2, True)
    no_head = program.run("verify-timestamp", authority.root, stamp, "--authority", authority.root)
    assert (no_head.exit_code, "is no head: give SIZE ROOT on a line" in no_head.stderr) == (2, True)
