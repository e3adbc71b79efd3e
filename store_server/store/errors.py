"""What can go wrong between the hot path and the database.

StoreError
├── StoreClosed     the writer is gone: nothing was taken in, nothing may be acknowledged
└── StoreFault      the database could not do it (disk full, lock not given): nothing of the group was kept
"""


class StoreError(Exception):
    """Base of everything this package raises on purpose."""


class StoreClosed(StoreError):
    """The store does not take work (yet, or any more)."""


class StoreFault(StoreError):
    """The database could not do what was asked, in its words."""
