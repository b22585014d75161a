"""Timestamps of a head, as in RFC 3161: what an authority is asked, and what its answer shows."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ledger.check_proof import DoesNotHold, Head

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from rfc3161_client import TimeStampRequest, TimeStampResponse


@dataclass(frozen=True, slots=True)
class Stamp:
    """When a head was stamped, UTC, and by whom: the subject of the authority's certificate."""

    at: datetime
    by: str


def line_of(head: Head) -> bytes:
    """Return what is stamped: a head as `head` prints it.

    >>> line_of(Head(7, bytes(32)))[:6], len(line_of(Head(7, bytes(32))))
    (b'7 0000', 67)
    """
    return f"{head.size} {head.root.hex()}\n".encode()


def question(head: Head) -> "TimeStampRequest":
    """Return what an authority is asked: to stamp a head, under a number used once, and to send its certificate."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder  # noqa: PLC0415 - it loads slowly

    return TimestampRequestBuilder(line_of(head), HashAlgorithm.SHA256).build()


def certificates(content: bytes) -> "list[Certificate]":
    """Return the certificates of a PEM file.

    Raises:
        ValueError: if it has none, or one that is broken.
    """
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - it loads slowly

    return load_pem_x509_certificates(content)


def check(answer: bytes, head: Head, trusted: "list[Certificate]", asked: "TimeStampRequest | None" = None) -> Stamp:
    """Check that an authority stamped a head.

    Args:
        answer: the authority's, as it sent it.
        head: the head.
        trusted: the certificates that are believed: the authority's issuer's, up to its root.
        asked: what it was asked, if the answer has just come: it then answers that and no earlier question.

    Raises:
        DoesNotHold: if the answer does not show it, in a sentence.
    """
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response  # noqa: PLC0415

    try:
        found = decode_timestamp_response(answer)
        status = found.status
    except ValueError:
        raise DoesNotHold("it is no answer as in RFC 3161") from None
    if status != 0:
        told = "; ".join(found.status_string) or "it does not say why"
        raise DoesNotHold(f"the authority refused (status {status}): {told}")
    builder = VerifierBuilder.from_request(asked) if asked else VerifierBuilder()
    for each in dict.fromkeys(trusted):
        builder = builder.add_root_certificate(each)
    try:
        builder.build().verify_message(found, line_of(head))
        return Stamp(found.tst_info.gen_time, _name(found))
    except (VerificationError, ValueError) as wrong:
        raise DoesNotHold(_reason(str(wrong))) from None


def _reason(wrong: str) -> str:
    """Put what the library found in our words, where we have some."""
    if "Mismatch between messages" in wrong:
        return "it is the stamp of another head"
    if "verifying certificates" in wrong:
        return "it is not signed by an authority that the certificates given vouch for"
    return wrong[:1].lower() + wrong[1:].rstrip(".")


def _name(answer: "TimeStampResponse") -> str:
    """Return the subject of the certificate with which an answer was signed."""
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - it loads slowly

    (signer,) = answer.signed_data.signer_infos
    held = [load_der_x509_certificate(each) for each in answer.signed_data.certificates]
    by = next(each for each in held if (each.issuer, each.serial_number) == (signer.issuer, signer.serial_number))
    return by.subject.rfc4514_string()
