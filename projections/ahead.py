"""Reading ahead: a database works at what comes next while Python works at what has come."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AHEAD = 2
_T = TypeVar("_T")


def take_each(given: Iterator[_T], take: Callable[[_T], object]) -> None:
    """Take all that an iterator gives, in order; the next are got in a thread of their own meanwhile.

    The thread is done when this returns or raises: nobody closes under it what the iterator uses.
    """
    with ThreadPoolExecutor(1) as reader:
        coming = deque(reader.submit(next, given, None) for _ in range(_AHEAD))
        while (found := coming.popleft().result()) is not None:
            coming.append(reader.submit(next, given, None))
            take(found)
