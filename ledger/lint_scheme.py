"""What is doubtful in a scheme's terms for money: what costs less where more failed. Pure."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from ledger.doubtful import Found
from ledger.levels import Status
from ledger.scheme import Ratchet, Scheme
from ledger.values import plain


def doubts_of_scheme(scheme: Scheme) -> Iterator[Found]:
    """Find multipliers, ratchets, bands of points and shares by which a worse result costs less."""
    yield from _falling_shares(scheme)
    yield from _falling_multipliers(scheme)
    yield from _ratchets_against_one_another(scheme)
    yield from _falling_bands_of_points(scheme)


def _falling_shares(scheme: Scheme) -> Iterator[Found]:
    if scheme.shares is None:
        return
    for better, worse in pairwise((Status.GREEN, Status.AMBER, Status.RED)):
        more, less = scheme.share(better), scheme.share(worse)
        if more > less:
            sentence = f"{better.value} costs the share {plain(more)}, and {worse.value} less, {plain(less)}"
            yield Found("share", "shares", sentence, f"let {worse.value} cost as much as {better.value}", rests=True)


def _falling_multipliers(scheme: Scheme) -> Iterator[Found]:
    for place, (earlier, later) in enumerate(pairwise(scheme.multipliers), 1):
        if later < earlier:
            sentence = f"multiplier {place + 1}, {plain(later)}, is less than the one before it, {plain(earlier)}"
            yield Found("multiplier", "multipliers", sentence, "let them rise as a run goes on", rests=True)


def _ratchets_against_one_another(scheme: Scheme) -> Iterator[Found]:
    """Find ratchets of one window that never apply, as one of as many or fewer failures has a higher multiplier."""
    windows: dict[int, list[tuple[int, Ratchet]]] = defaultdict(list)
    for item, ratchet in enumerate(scheme.ratchets or ()):
        windows[ratchet.within].append((item, ratchet))
    for within, ratchets in windows.items():
        ascending = sorted(ratchets, key=lambda each: (each[1].failures, each[1].multiplier))
        for (_, fewer), (item, more) in pairwise(ascending):
            if fewer.failures == more.failures and fewer.multiplier != more.multiplier:
                sentence = (
                    f"{more.failures} failures within {within} have two multipliers, {plain(fewer.multiplier)} and "
                    f"{plain(more.multiplier)}, of which the higher counts"
                )
                yield Found("multiplier", "ratchets", sentence, "leave one of them out", rests=True, item=item)
            elif fewer.multiplier > more.multiplier:
                sentence = (
                    f"{more.failures} failures within {within} have the multiplier {plain(more.multiplier)}, and "
                    f"{fewer.failures} a higher one, {plain(fewer.multiplier)}, which counts for both"
                )
                remedy = "let it rise with the failures"
                yield Found("multiplier", "ratchets", sentence, remedy, rests=True, item=item)


def _falling_bands_of_points(scheme: Scheme) -> Iterator[Found]:
    for item, (lower, upper) in enumerate(pairwise(scheme.point_bands or ()), 1):
        if upper.times < lower.times:
            sentence = (
                f"points above {plain(upper.above)} cost {plain(upper.times)} times their price, and those above "
                f"{plain(lower.above)} more, {plain(lower.times)} times"
            )
            yield Found("multiplier", "point_bands", sentence, "let times rise with the points", rests=True, item=item)
