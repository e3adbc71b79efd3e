"""Tell tasks of this process that something new was committed. The database stays the truth: news may be missed, never wrong."""

import asyncio


class News:
    """A bell for any number of listeners: take `turn()`, look at the database, then wait for that turn's end."""

    def __init__(self) -> None:
        self._turn = asyncio.Event()

    def turn(self) -> asyncio.Event:
        """Return an event that is set at the next `tell`; taken before looking, nothing slips in between."""
        return self._turn

    def tell(self) -> None:
        self._turn.set()
        self._turn = asyncio.Event()
