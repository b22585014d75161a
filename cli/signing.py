"""Keys and signatures: a key made, facts signed with it, and the facts by which the ledger knows keys."""

import json
import secrets
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.new_file import write_new
from cli.one_fact import Fields, Reason, one_fact
from cli.options import Contract, counted
from cli.record import contents, ids
from ledger.faults import BadInput, Fault

key = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="A key to sign facts with: make one, or show its public half."
)


def seed() -> bytes:
    """Return 32 bytes that nobody can guess."""
    return secrets.token_bytes(32)


def new(
    file: Annotated[
        Path, typer.Argument(help="A new file for the private key; nobody else should see it.", metavar="FILE")
    ],
) -> None:
    """Make a key, and print what the ledger is to know of it: the public key, and its id."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(seed())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    write_new(file, pem, "FILE", private=True)
    _tell(private.private_bytes_raw())
    typer.echo(f"The private key is in {file}. Keep it to yourself, and keep a copy.", err=True)


def show(
    file: Annotated[Path, typer.Argument(help="A private key, as `key new` made it.", metavar="FILE")],
) -> None:
    """Print the public key, and its id, of a key that was made."""
    _tell(_private(file))


def _tell(private: bytes) -> None:
    from base64 import b64encode

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from ledger.signature import key_id

    found = Ed25519PrivateKey.from_private_bytes(private).public_key()
    public = b64encode(found.public_bytes_raw()).decode()
    typer.echo(f"Public key: {public}\nIts id: {key_id(public)}")


def sign(
    file: Annotated[Path, typer.Argument(help="Facts as JSON Lines, unsigned; - for standard input.", metavar="FILE")],
    key_file: Annotated[Path, typer.Option("--key", help="The private key, as `key new` made it.", metavar="KEY")],
    to: Annotated[
        Path | None, typer.Option("--to", help="A new file; default standard output.", metavar="FILE")
    ] = None,
) -> None:
    """Sign facts, without a ledger; `record` takes the lines it writes. Facts without an id are given one."""
    from ledger.facts import as_given
    from ledger.lines import read_lines
    from ledger.signing import sign as signed

    if file.suffix.lower() in (".csv", ".xlsx"):
        raise BadInput.of("is a table; `sign` takes facts as JSON Lines, one a line", where=str(file))
    private = _private(key_file)
    name = "standard input" if str(file) == "-" else str(file)
    reading = read_lines(contents(file), name, ids(dry_run=False))
    already = [each for each in reading.proposed if each.fact.signature is not None]
    faults = [Fault(each.where, "signature", "is there already; give the fact without it") for each in already]
    if reading.faults or faults:
        raise BadInput([*reading.faults, *faults])
    if not reading.proposed:
        raise BadInput.of("has no fact; give one object a line", where=name)
    plain = to is None and not (sys.stdout.encoding or "").lower().startswith("utf")
    facts = [as_given(signed(each.fact, private)) for each in reading.proposed]
    lines = "".join(f"{json.dumps(each, ensure_ascii=plain)}\n" for each in facts)
    if to is None:
        print(lines, end="")
    else:
        write_new(to, lines.encode(), "--to")
        typer.echo(f"Wrote {counted(len(facts), 'signed fact')} to {to}.", err=True)


def _private(file: Path) -> bytes:
    """Return the 32 bytes of a private key.

    Raises:
        BadInput: if the file holds none.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(contents(file), password=None)
    except TypeError:
        raise BadInput.of("is protected by a password; give a key that is not", "--key", str(file)) from None
    except (ValueError, UnsupportedAlgorithm):
        raise BadInput.of("is no private key; give a file that `key new` made", "--key", str(file)) from None
    if not isinstance(found, Ed25519PrivateKey):
        raise BadInput.of("is a key of another kind than Ed25519; `key new` makes one", "--key", str(file))
    return found.private_bytes_raw()


@one_fact("KeyRegistered")
def register_key(
    contract: Contract,
    holder: Annotated[str, typer.Argument(help="The party that signs with it.", metavar="PARTY")],
    public: Annotated[str, typer.Argument(help="The public key, as `key new` printed it.", metavar="KEY")],
    reason: Annotated[
        str | None, typer.Option(help="How it came to be known as that party's; told with the fact.")
    ] = None,
) -> Fields:
    """Register the key with which a party signs, from the date of the fact on."""
    return {"contract": contract, "holder": holder, "key": public, "reason": reason}


@one_fact("KeyRevoked")
def revoke_key(
    contract: Contract,
    id_: Annotated[str, typer.Argument(help="The key's id.", metavar="ID")],
    reason: Reason,
) -> Fields:
    """Revoke a key: nothing that is recorded from now on may be signed with it."""
    return {"contract": contract, "key": id_, "reason": reason}


def add_to(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    key.command()(new)
    key.command()(show)
    app.add_typer(key, name="key")
    for command in (sign, register_key, revoke_key):
        app.command()(command)
