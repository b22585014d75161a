"""Reading and recording many facts at once, without the garbage collector looking through all of them meanwhile.

A fact refers to nothing that refers back to it: what is no longer used goes at once, and the search for circles,
which takes longer the more facts there are, finds none.
"""

import gc


class uncollected:  # noqa: N801 - entered like a function of contextlib, in less time
    """Hold the garbage collector still inside, and leave it as it was found."""

    def __enter__(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self._was_on:
            gc.enable()
