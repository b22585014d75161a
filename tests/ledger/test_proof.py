"""The tree and its proofs: published figures, a slow tree from the RFC's definitions, and faults of other verifiers.

The figures are those of the tests of Certificate Transparency (transparency-dev/merkle: `testonly/constants.go` and
`testdata/`, commit 417fb0c3). Every proof is put to both verifiers, the ledger's and the stand-alone one.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import check_proof, proof
from tests.ledger import rfc9162

if TYPE_CHECKING:
    from collections.abc import Callable

INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
LEAVES = [proof.leaf_hash(bytes.fromhex(each)) for each in INPUTS]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
N10 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N12 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N13 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N21 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
LEAF_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
LEAF_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
LEAF_6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
INCLUSIONS = [
    (0, 1, []),
    (0, 8, [LEAF_1, N10, N21]),
    (5, 8, [LEAF_4, N13, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], N10, LEAF_4]),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, [LEAF_1, N10, N21]),
    (6, 8, [N12, N13, ROOTS[4]]),
    (2, 5, [N10, LEAF_4]),
    (6, 7, [N12, LEAF_6, ROOTS[4]]),
]
OTHER = sha256(b"another").digest()
MOST = 70
MANY = [proof.leaf_hash(str(number).encode()) for number in range(MOST)]


def standalone_included(leaf: bytes, index: int, size: int, path: list[bytes], root: bytes) -> bool:
    """Ask the stand-alone verifier."""
    try:
        check_proof.check_inclusion(leaf, index, check_proof.Head(size, root), path)
    except check_proof.DoesNotHold:
        return False
    return True


def standalone_extension(first_size: int, first_root: bytes, size: int, root: bytes, path: list[bytes]) -> bool:
    """Ask the stand-alone verifier."""
    try:
        check_proof.check_consistency(check_proof.Head(first_size, first_root), check_proof.Head(size, root), path)
    except check_proof.DoesNotHold:
        return False
    return True


both_for_inclusion = pytest.mark.parametrize("holds", [rfc9162.is_included, standalone_included])
both_for_extension = pytest.mark.parametrize("holds", [rfc9162.is_extension, standalone_extension])


def mth(leaves: list[bytes]) -> bytes:
    """The RFC's MTH, over leaf hashes."""
    if len(leaves) <= 1:
        return leaves[0] if leaves else sha256(b"").digest()
    k = power_below(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """The RFC's PATH(m, D_n)."""
    if len(leaves) == 1:
        return []
    k = power_below(len(leaves))
    return [*path(m, leaves[:k]), mth(leaves[k:])] if m < k else [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], b: bool) -> list[bytes]:
    """The RFC's SUBPROOF(m, D_n, b)."""
    if m == len(leaves):
        return [] if b else [mth(leaves)]
    k = power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], b), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


def power_below(n: int) -> int:
    return max(2**exponent for exponent in range(n) if 2**exponent < n)


def hashes(written: list[str]) -> list[bytes]:
    return [bytes.fromhex(each) for each in written]


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    assert proof.root_of(LEAVES[:size]).hex() == ROOTS[size]


@both_for_inclusion
@pytest.mark.parametrize(("index", "size", "published"), INCLUSIONS)
def test_the_published_inclusion_proofs_come_out_and_hold(
    index: int, size: int, published: list[str], holds: Callable[..., bool]
) -> None:
    made = proof.inclusion(LEAVES[:size], index)
    assert [each.hex() for each in made] == published
    assert holds(LEAVES[index], index, size, made, bytes.fromhex(ROOTS[size]))


@both_for_extension
@pytest.mark.parametrize(("first_size", "size", "published"), CONSISTENCIES)
def test_the_published_consistency_proofs_come_out_and_hold(
    first_size: int, size: int, published: list[str], holds: Callable[..., bool]
) -> None:
    made = proof.consistency(LEAVES[:size], first_size)
    assert [each.hex() for each in made] == published
    assert holds(first_size, bytes.fromhex(ROOTS[first_size]), size, bytes.fromhex(ROOTS[size]), made)


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_roots_and_proofs_are_those_of_the_definitions(size: int) -> None:
    leaves = MANY[:size]
    root = mth(leaves)
    assert proof.root_of(leaves) == root
    for index in range(size):
        made = proof.inclusion(leaves, index)
        assert made == path(index, leaves)
        assert rfc9162.is_included(leaves[index], index, size, made, root)
        assert standalone_included(leaves[index], index, size, made, root)
    for first_size in range(1, size + 1):
        made = proof.consistency(leaves, first_size)
        assert made == subproof(first_size, leaves, True)
        first_root = mth(leaves[:first_size])
        assert rfc9162.is_extension(first_size, first_root, size, root, made)
        assert standalone_extension(first_size, first_root, size, root, made)


def test_a_growing_tree_has_the_heads_of_the_definitions_and_can_be_taken_up_anywhere() -> None:
    tree = proof.Frontier()
    subtrees = {}
    for size, leaf in enumerate(MANY, 1):
        subtrees[size] = tree.append(leaf)
        assert tree.root() == mth(MANY[:size])
        largest = size & -size
        assert subtrees[size] == mth(MANY[size - largest : size])
        taken_up = proof.Frontier(size, [subtrees[end] for end in proof.subtree_ends(size)])
        assert taken_up.root() == tree.root()


@pytest.mark.parametrize(("size", "subtrees"), [(3, [OTHER]), (2, []), (0, [OTHER]), (-1, [OTHER])])
def test_a_tree_is_not_taken_up_from_other_subtrees_than_its_size_has(size: int, subtrees: list[bytes]) -> None:
    with pytest.raises(ValueError, match="perfect subtrees"):
        proof.Frontier(size, subtrees)


@pytest.mark.parametrize("index", [-1, 8, 9])
def test_no_inclusion_proof_is_made_of_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(ValueError, match=f"no leaf of index {index}"):
        proof.inclusion(LEAVES, index)


@pytest.mark.parametrize("first_size", [-1, 0, 9])
def test_no_consistency_proof_is_made_of_nothing_or_of_more_leaves_than_there_are(first_size: int) -> None:
    with pytest.raises(ValueError, match=f"no extension of one of {first_size}"):
        proof.consistency(LEAVES, first_size)


@both_for_inclusion
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 16, 33])
def test_an_inclusion_proof_holds_of_one_leaf_one_index_one_size_and_one_root(
    size: int, holds: Callable[..., bool]
) -> None:
    leaves = MANY[:size]
    root = mth(leaves)
    for index in range(size):
        made = path(index, leaves)
        for other in range(-3, MOST):
            assert holds(leaves[index], other, size, made, root) is (other == index)
        for other in range(-3, MOST):
            same_way = other != size and steps(index, other) == steps(index, size)
            assert holds(leaves[index], index, other, made, root) is (other == size or same_way)
        for leaf in {OTHER, root, *leaves} - {leaves[index]}:
            assert not holds(leaf, index, size, made, root)
        assert not holds(leaves[index], index, size, made, OTHER)


def steps(index: int, size: int) -> list[bool]:
    """Return on which side each sibling of a leaf's path is: what a verifier can know of the size."""
    if not 0 <= index < size:
        return [True] * 99
    found = []
    while size > 1:
        k = power_below(size)
        found.append(index < k)
        index, size = (index, k) if index < k else (index - k, size - k)
    return found


@both_for_inclusion
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 8, 13, 16, 33])
def test_an_inclusion_proof_with_a_path_too_short_too_long_or_out_of_order_is_rejected(
    size: int, holds: Callable[..., bool]
) -> None:
    leaves = MANY[:size]
    root = mth(leaves)
    for index in range(size):
        made = path(index, leaves)
        for bad in damaged(made, [root, leaves[index]]):
            assert not holds(leaves[index], index, size, bad, root)
    inner = proof.node_hash(leaves[0], leaves[0])
    assert not holds(inner, 0, size, [], inner) or size == 1


@both_for_inclusion
def test_no_node_passes_for_a_leaf_under_the_path_that_leads_from_it(holds: Callable[..., bool]) -> None:
    root = mth(LEAVES)
    made = path(0, LEAVES)
    inner = proof.node_hash(LEAVES[0], made[0])
    assert not holds(inner, 0, 8, made[1:], root)
    assert not holds(inner, 0, 8, made, root)
    swapped = proof.node_hash(made[0], LEAVES[0])
    assert not holds(LEAVES[0], 0, 2, [made[0]], swapped)
    assert not holds(LEAVES[1], 1, 2, [LEAVES[0]], proof.node_hash(LEAVES[1], LEAVES[0]))


@both_for_inclusion
def test_a_path_beyond_the_root_is_rejected_though_it_leads_to_the_root_given(holds: Callable[..., bool]) -> None:
    for size in range(1, 17):
        root = mth(MANY[:size])
        for index in range(size):
            longer = [*path(index, MANY[:size]), OTHER]
            assert not holds(MANY[index], index, size, longer, proof.node_hash(OTHER, root))
            assert not holds(MANY[index], index, size, longer, proof.node_hash(root, OTHER))


@both_for_inclusion
def test_hashes_of_another_length_are_rejected_though_their_bytes_add_up(holds: Callable[..., bool]) -> None:
    both = LEAVES[0] + LEAVES[1]
    root = mth(LEAVES[:2])
    assert holds(both[:32], 0, 2, [both[32:]], root)
    for cut in (0, 1, 31, 33, 64):
        assert not holds(both[:cut], 0, 2, [both[cut:]], root)
        assert not holds(both[cut:], 1, 2, [both[:cut]], root)
    assert not holds(b"", 0, 1, [], b"")


@both_for_extension
@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 8, 13, 16, 33])
def test_a_consistency_proof_holds_of_two_roots_and_sizes_that_divide_alike(
    size: int, holds: Callable[..., bool]
) -> None:
    leaves = MANY[:size]
    root = mth(leaves)
    for first_size in range(1, size + 1):
        made = subproof(first_size, leaves, True)
        first_root = mth(leaves[:first_size])
        for other in range(-2, MOST):
            if other != first_size:
                assert not holds(other, first_root, size, root, made)
        for other in range(-2, first_size):
            assert not holds(first_size, first_root, other, root, made)
        for bad in damaged(made, [root, first_root]):
            assert not holds(first_size, first_root, size, root, bad)
        assert not holds(first_size, OTHER, size, root, made)
        assert not holds(first_size, first_root, size, OTHER, made)
        assert first_size == size or not holds(first_size, root, size, first_root, made)


@both_for_extension
def test_sizes_that_are_zero_negative_or_the_wrong_way_round_are_rejected(holds: Callable[..., bool]) -> None:
    root, first_root = mth(LEAVES), mth(LEAVES[:3])
    made = subproof(3, LEAVES, True)
    assert not holds(8, root, 3, first_root, made)
    assert not holds(8, root, 3, first_root, [])
    for none in (0, -1):
        assert not holds(none, proof.EMPTY, 8, root, [])
        assert not holds(none, proof.EMPTY, 8, root, [root])
        assert not holds(none, proof.EMPTY, none, proof.EMPTY, [])


@both_for_extension
def test_equal_sizes_have_one_root_and_an_empty_proof(holds: Callable[..., bool]) -> None:
    root = mth(LEAVES)
    assert holds(8, root, 8, root, [])
    assert not holds(8, root, 8, OTHER, [])
    assert not holds(8, root, 8, root, [root])
    assert not holds(8, root, 8, root, [OTHER])
    assert not holds(1, b"", 1, b"", [])


@both_for_extension
def test_a_tree_whose_past_was_changed_is_no_extension(holds: Callable[..., bool]) -> None:
    for changed in range(5):
        rewritten = [*MANY[:changed], OTHER, *MANY[changed + 1 : 12]]
        made = subproof(5, rewritten, True)
        assert not holds(5, mth(MANY[:5]), 12, mth(rewritten), made)
        assert holds(5, mth(rewritten[:5]), 12, mth(rewritten), made)
    reordered = [MANY[1], MANY[0], *MANY[2:12]]
    assert not holds(5, mth(MANY[:5]), 12, mth(reordered), subproof(5, reordered, True))


def damaged(made: list[bytes], more: list[bytes]) -> list[list[bytes]]:
    """Return a path cut, lengthened, reordered, and with each bit of each end and a hash of each place changed."""
    longer = [*more, OTHER, b"", *made]
    bad = [[each, *made] for each in longer] + [[*made, each] for each in longer]
    if made:
        bad += [made[1:], made[:-1], []]
        bad += [[*made[:at], OTHER, *made[at + 1 :]] for at in range(len(made))]
        bad += [[*made[:at], b"", *made[at + 1 :]] for at in range(len(made))]
        bad += [flipped(made, at, bit) for at in range(len(made)) for bit in (0, 7, 128, 255)]
    if len(made) > 1:
        bad += [made[::-1], [made[1], made[0], *made[2:]]]
    return bad


def flipped(made: list[bytes], at: int, bit: int) -> list[bytes]:
    changed = int.from_bytes(made[at], "big") ^ (1 << bit)
    return [*made[:at], changed.to_bytes(32, "big"), *made[at + 1 :]]


@given(st.data())
def test_one_bit_changed_anywhere_makes_a_proof_fail(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, MOST))
    leaves, bit = MANY[:size], data.draw(st.integers(0, 255))
    index, first_size = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    whole = [leaves[index], *path(index, leaves), mth(leaves)]
    leaf, *between, root = flipped(whole, data.draw(st.integers(0, len(whole) - 1)), bit)
    assert not rfc9162.is_included(leaf, index, size, between, root)
    assert not standalone_included(leaf, index, size, between, root)
    whole = [mth(leaves[:first_size]), *subproof(first_size, leaves, True), mth(leaves)]
    first_root, *between, root = flipped(whole, data.draw(st.integers(0, len(whole) - 1)), bit)
    assert not rfc9162.is_extension(first_size, first_root, size, root, between)
    assert not standalone_extension(first_size, first_root, size, root, between)


@given(st.integers(-5, 70), st.integers(-5, 70), st.lists(st.sampled_from(MANY[:6]), max_size=7))
def test_the_two_verifiers_agree_on_any_input(first: int, size: int, between: list[bytes]) -> None:
    root = mth(MANY[: max(size, 0)])
    args = (MANY[0], first, size, between, root)
    assert rfc9162.is_included(*args) == standalone_included(*args)
    heads = (first, mth(MANY[: max(first, 0)]), size, root, between)
    assert rfc9162.is_extension(*heads) == standalone_extension(*heads)
