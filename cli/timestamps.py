"""Timestamps of a head: asked of an authority over the network, and checked without one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.new_file import write_new
from cli.record import contents
from ledger.faults import BadInput, one_line

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from ledger.check_proof import Head
    from ledger.stamps import Stamp

EXIT_FOUND = 1
_LARGEST_ANSWER = 1 << 20
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"

HeadFile = Annotated[
    Path, typer.Argument(help="The head: SIZE ROOT on a line, or JSON with size and root.", metavar="HEAD_FILE")
]
Authority = Annotated[
    Path, typer.Option(help="The certificates of the authority's issuer, up to its root: PEM.", metavar="FILE")
]


def timestamp(
    head_file: HeadFile,
    url: Annotated[str, typer.Option(help="Where the authority takes questions, http or https.", metavar="URL")],
    authority: Authority,
    seconds: Annotated[int, typer.Option(min=1, help="How long to wait for an answer.")] = 30,
) -> None:
    """Have a head stamped by a time-stamping authority (RFC 3161); the stamp goes beside the head, as HEAD_FILE.tsr."""
    from ledger.stamps import check, question

    head, trusted = _head(head_file), _certificates(authority)
    stamp_file = head_file.with_name(f"{head_file.name}.tsr")
    if stamp_file.exists():
        raise BadInput.of(f"{stamp_file} is there already; give a head that has no stamp yet", "HEAD_FILE")
    asked = question(head)
    answer = _ask(url, asked.as_bytes(), seconds)
    with _Checking(url):
        stamp = check(answer, head, trusted, asked)
    write_new(stamp_file, answer, "HEAD_FILE")
    _tell(head, stamp)
    typer.echo(f"Wrote {stamp_file}.", err=True)


def verify_timestamp(
    head_file: HeadFile,
    stamp_file: Annotated[Path, typer.Argument(help="The authority's answer.", metavar="TSR")],
    authority: Authority,
) -> None:
    """Check that an authority stamped a head, and say when; no network is asked."""
    from ledger.stamps import check

    head, trusted, answer = _head(head_file), _certificates(authority), contents(stamp_file)
    with _Checking(str(stamp_file)):
        stamp = check(answer, head, trusted)
    _tell(head, stamp)


class _Checking:
    """Says what does not hold, and exits with status 1."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _: object, wrong: BaseException | None, __: object) -> None:
        from ledger.check_proof import DoesNotHold

        if isinstance(wrong, DoesNotHold):
            typer.echo(one_line(f"{self._what} does not hold: {wrong}."), err=True)
            raise typer.Exit(EXIT_FOUND) from None


def _tell(head: "Head", stamp: "Stamp") -> None:
    typer.echo(f"The {head} was stamped at {stamp.at:%Y-%m-%d %H:%M:%S} UTC by {one_line(stamp.by)}.")


def _head(file: Path) -> "Head":
    """Read a head.

    Raises:
        BadInput: if the file holds none.
    """
    from ledger.check_proof import NoProof, read_head

    try:
        return read_head(contents(file).decode("utf-8-sig"))
    except (NoProof, UnicodeDecodeError):
        raise BadInput.of("is no head: give SIZE ROOT on a line, or JSON with size and root", where=str(file)) from None


def _certificates(file: Path) -> "list[Certificate]":
    """Read certificates.

    Raises:
        BadInput: if the file holds none.
    """
    from ledger.stamps import certificates

    try:
        return certificates(contents(file))
    except ValueError:
        raise BadInput.of("holds no certificate in PEM; give the authority's", "--authority", str(file)) from None


def _ask(url: str, question: bytes, seconds: int) -> bytes:
    """Put a question to an authority.

    Raises:
        BadInput: if there is no answer, or none of its kind.
    """
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.parse import urlsplit
    from urllib.request import Request, urlopen

    try:
        if urlsplit(url).scheme not in ("http", "https"):
            raise BadInput.of(f'found "{url}"; give an address that begins with http:// or https://', "--url")
        request = Request(url, question, {"Content-Type": _QUERY, "Accept": _REPLY})  # noqa: S310 - of a web address only
        with urlopen(request, timeout=seconds) as reply:  # noqa: S310
            kind: str = reply.headers.get_content_type()
            answer: bytes = reply.read(_LARGEST_ANSWER + 1)
    except HTTPError as wrong:
        wrong.close()
        raise BadInput.of(f"{url} answers {wrong.code} {wrong.reason}; ask again, or another", "--url") from None
    except (OSError, HTTPException, ValueError) as wrong:
        why = wrong.reason if isinstance(wrong, URLError) else wrong
        why = getattr(why, "strerror", None) or str(why) or type(why).__name__
        raise BadInput.of(f"{url} cannot be asked ({why}); ask again, or another", "--url") from None
    if kind != _REPLY:
        raise BadInput.of(f"{url} answers with {kind}, and a timestamp is {_REPLY}; give another", "--url")
    if len(answer) > _LARGEST_ANSWER:
        raise BadInput.of(f"{url} answers with more than 1 MiB, which is no timestamp; give another", "--url")
    return answer


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (timestamp, verify_timestamp):
        app.command()(command)
