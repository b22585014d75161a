"""Reading and recording many facts at once, without the garbage collector looking through all of them meanwhile.

A fact refers to nothing that refers back to it: what is no longer used goes at once, and the search for circles,
which takes longer the more facts there are, finds none.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Hold the garbage collector still inside, and leave it as it was found."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
