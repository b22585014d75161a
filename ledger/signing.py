"""Signatures of facts: what is signed, with which key, and whether it holds. Pure.

What is signed is a fact with each text that may be erased put as its commitment, so that the signature still holds
when a text is gone. Which keys are good is judged in the order the ledger took the facts: only that order is its own,
and whoever has stolen a key can put any date on a fact.
"""

import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256

from ledger.facts import AnyFact, ContractRegistered, FactVoided, as_given
from ledger.faults import Fault, Refused
from ledger.judgement import Placed
from ledger.keeping_facts import KeyRegistered, KeyRevoked
from ledger.recorded import Recorded
from ledger.sealing import commitment, erasable_texts, flat, mark_of
from ledger.signature import Signature, key_id
from ledger.values import Erasable

Sealed = Mapping[str, str]
_OF_KEYS = frozenset({ContractRegistered, KeyRegistered, KeyRevoked, FactVoided})


def message(fact: AnyFact, sealed: Sealed) -> bytes:
    """Return what is signed: the fact's fields as canonical JSON, without a signature.

    Keys are sorted, nothing stands between, and the encoding is UTF-8.

    Args:
        fact: the fact.
        sealed: the commitment of each of its texts that may be erased, by field; of `by`, that of the person.
    """
    fields = flat(fact.kind, {name: value for name, value in as_given(fact).items() if name != "signature"})
    for name in erasable_texts(fact):
        of_person = mark_of(fact.kind, name) is Erasable.PERSON
        party, slash, _ = fields[name].partition("/") if of_person else ("", "", "")
        fields[name] = party + slash + sealed[name]
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sealed_by(fact: AnyFact, salts: Mapping[str, str]) -> dict[str, str]:
    """Return the commitment of each text of a fact that there is a salt for."""
    texts = erasable_texts(fact)
    return {name: commitment(bytes.fromhex(salt), texts[name]) for name, salt in salts.items() if name in texts}


def sign(fact: AnyFact, seed: bytes) -> AnyFact:
    """Return a fact signed with the private key that a seed of 32 bytes makes.

    The salts follow from the key and the fact, so that a file signed twice is the same file; without the key nobody
    can guess them.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - it loads slowly

    private = Ed25519PrivateKey.from_private_bytes(seed)
    texts = erasable_texts(fact)
    salts = {name: _salt(seed, json.dumps([fact.contract, fact.id, name, text])) for name, text in texts.items()}
    value = b64encode(private.sign(message(fact, sealed_by(fact, salts)))).decode()
    public = b64encode(private.public_key().public_bytes_raw()).decode()
    return fact.model_copy(update={"signature": Signature(key=key_id(public), salts=salts, value=value)})


def _salt(seed: bytes, what: str) -> str:
    return hmac.new(seed, b"salt " + what.encode(), sha256).hexdigest()[:32]


def verifies(fact: AnyFact, public_key: str, erased: Sealed | None = None) -> bool:
    """Say whether a fact's signature is that of a key.

    Args:
        fact: a fact with a signature.
        public_key: the key, base64 of its 32 bytes.
        erased: the commitments that stand for those of its texts that are gone, by field.
    """
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - it loads slowly
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    assert fact.signature is not None
    salts = fact.signature.salts
    sealed = {**sealed_by(fact, salts), **(erased or {})}
    texts = set(erasable_texts(fact))
    if not texts <= set(sealed) or not set(salts) <= texts:
        return False
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(public_key))
        key.verify(b64decode(fact.signature.value), message(fact, sealed))
    except (InvalidSignature, ValueError):
        return False
    return True


class Keys:
    """The keys of a contract's parties, as its facts in order of position have made them."""

    def __init__(self) -> None:
        self._registered: dict[str, KeyRegistered] = {}
        self._revoked: dict[str, KeyRevoked] = {}
        self._by_id: dict[str, KeyRegistered | KeyRevoked] = {}
        self._authority: frozenset[str] = frozenset()

    def take(self, fact: AnyFact) -> None:
        """Learn from a fact that was recorded."""
        if type(fact) not in _OF_KEYS:
            return
        match fact:
            case ContractRegistered():
                self._authority = frozenset(party.code for party in fact.parties if party.role == "authority")
            case KeyRegistered():
                self._registered[fact.key_id] = self._by_id[fact.id] = fact
            case KeyRevoked():
                self._revoked[fact.key] = self._by_id[fact.id] = fact
            case FactVoided() if fact.voids in self._by_id:
                gone = self._by_id.pop(fact.voids)
                if isinstance(gone, KeyRegistered):
                    self._registered.pop(gone.key_id, None)
                else:
                    self._revoked.pop(gone.key, None)
            case _:
                pass

    def check(self, fact: AnyFact, erased: Sealed | None = None) -> None:
        """Refuse a fact whose signature, or whose key, does not hold where it was, or is to be, recorded.

        Raises:
            Refused: with a sentence that says what would do.
        """
        if isinstance(fact, KeyRegistered):
            self._check_registration(fact)
        elif isinstance(fact, KeyRevoked):
            self._check_revocation(fact)
        if fact.signature is None:
            return
        key = self._in_force(fact.signature.key, "signature")
        named = f"the key {key.key_id}"
        if key.holder != fact.party:
            sentence = f"{named} is that of {key.holder}, and the fact is by {fact.party}; sign as {key.holder}"
            raise Refused(sentence, "by")
        if fact.dated < key.dated:
            raise Refused(f"found {fact.dated}; {named} signs facts dated from {key.dated} on", "dated")
        if not verifies(fact, key.key, erased):
            sentence = f"it does not verify with {named}: the fact is not as it was signed; sign it again"
            raise Refused(sentence, "signature")

    def _in_force(self, id_: str, field: str) -> KeyRegistered:
        if id_ not in self._registered:
            raise Refused(f"the key {id_} is not registered; register it first", field)
        if id_ in self._revoked:
            raise Refused(f"the key {id_} was revoked by {self._revoked[id_].id}; use another", field)
        return self._registered[id_]

    def _check_registration(self, fact: KeyRegistered) -> None:
        """Refuse a key that is there, or that a party puts beside one it has without signing with that."""
        if (known := self._registered.get(fact.key_id)) is not None:
            raise Refused(f"the key {fact.key_id} is already registered, by {known.id}; make a new one", "key")
        held = [id_ for id_, key in self._registered.items() if key.holder == fact.holder and id_ not in self._revoked]
        if held and fact.signature is None and fact.party not in self._authority:
            sentence = f"{fact.holder} has the key {held[-1]}; sign this with it, or let the authority record it"
            raise Refused(sentence, "signature")

    def _check_revocation(self, fact: KeyRevoked) -> None:
        key = self._in_force(fact.key, "key")
        if fact.party not in (*self._authority, key.holder):
            raise Refused(f"the key {fact.key} is that of {key.holder}, who may revoke it, as may the authority", "by")


def faults_of_signatures(placed: Iterable[Placed]) -> list[Fault]:
    """Judge the signatures and keys of proposed facts in the order of recording.

    Args:
        placed: all facts of one contract, in order of position.
    """
    keys, faults = Keys(), []
    for each in placed:
        fact = each.fact
        if fact.signature is None and type(fact) not in _OF_KEYS:
            continue
        if each.proposed is not None:
            try:
                keys.check(fact)
            except Refused as refused:
                faults.append(Fault(each.proposed.where, refused.field, refused.sentence))
                continue
        keys.take(fact)
    return faults


def check_signatures(history: Iterable[Recorded], erased: Mapping[int, Sealed] | None = None) -> tuple[int, list[str]]:
    """Check every signature of a contract's facts where it was recorded.

    Args:
        history: all facts of one contract, in order of position.
        erased: by position, the commitments that stand for texts that are gone, by field.

    Returns:
        How many facts are signed, and a sentence for each that does not hold.
    """
    keys, signed, problems = Keys(), 0, []
    for recorded in history:
        signed += recorded.fact.signature is not None
        try:
            keys.check(recorded.fact, (erased or {}).get(recorded.position))
        except Refused as refused:
            problems.append(f"position {recorded.position}: the signature of {recorded.fact.id}: {refused.sentence}")
        keys.take(recorded.fact)
    return signed, problems
