"""What can go wrong between the hot path and the database.

StoreError
└── StoreClosed     the writer is gone: nothing was taken in, nothing may be acknowledged
"""


class StoreError(Exception):
    """Base of everything this package raises on purpose."""


class StoreClosed(StoreError):
    """The store does not take work (yet, or any more)."""
