"""Reading ahead: a database works at what comes next while Python works at what has come."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

_AHEAD = 2
_T = TypeVar("_T")


def ahead(given: Iterator[_T]) -> Iterator[_T]:
    """Yield what an iterator gives; the next are got in a thread of their own meanwhile, one after the other.

    What the iterator uses is not to be used by others before the last is taken.
    """
    with ThreadPoolExecutor(1) as reader:
        coming = deque(reader.submit(next, given, None) for _ in range(_AHEAD))
        while (found := coming.popleft().result()) is not None:
            coming.append(reader.submit(next, given, None))
            yield found
