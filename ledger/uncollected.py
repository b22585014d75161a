"""Reading and recording many facts at once, without the garbage collector looking through all of them meanwhile.

A fact refers to nothing that refers back to it: what is no longer used goes at once, and the search for circles,
which takes longer the more facts there are, finds none.
"""

import gc

_MANY = 100_000


class uncollected:  # noqa: N801 - entered like a function of contextlib, in less time
    """Hold the garbage collector still inside, and leave it as it was found."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if not self._was_on:
            return
        if gc.get_count()[0] > _MANY and not gc.get_freeze_count():
            gc.freeze()
            gc.unfreeze()  # what was made here is among the old objects now: it is not the first to be searched
        gc.enable()
