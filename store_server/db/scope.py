"""Which stores' rows the present request may see: a filter on every query of its sessions, so that no page can forget it.

Documents (plans, campaigns) carry no filter: what judges them must see them all, and Desk hides those of other stores.
"""

from collections.abc import Iterator
from contextvars import ContextVar
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlmodel import Session, SQLModel, col

from store_server.db.alerts import Alert, AlertSilence
from store_server.db.messages import PlanRevision

Stores: TypeAlias = frozenset[str] | None
"""None: every store."""

_VISIBLE: ContextVar[Stores] = ContextVar("visible stores", default=None)


class PastTheFilter(Exception):
    """Say that a narrowed request asked a table as such: only questions to the classes can be filtered. A bug."""


def narrow(stores: Stores) -> None:
    """Say what this request may see; every request has a context of its own, and so have the threads it uses."""
    _VISIBLE.set(stores)


def visible_stores() -> Stores:
    return _VISIBLE.get()


def sees(stores: Stores, store: str) -> bool:
    return stores is None or store in stores


@event.listens_for(Session, "do_orm_execute")
def _filter(asked: ORMExecuteState) -> None:
    stores = _VISIBLE.get()
    if stores is None or asked.is_column_load or asked.is_relationship_load:
        return
    if not asked.is_orm_statement:
        raise PastTheFilter(f"expected a question to the table's class, got {asked.statement}")
    asked.statement = asked.statement.options(*_criteria(stores))


@cache
def _criteria(stores: frozenset[str]) -> tuple[Any, ...]:
    return tuple(with_loader_criteria(table, _of(table, stores), include_aliases=True) for table in _scoped())


def _of(table: Any, stores: frozenset[str]) -> Any:
    own = table.store.in_(sorted(stores))
    if table is Alert:
        return own | (col(Alert.store) == "")  # what all stores lean on, these do too
    # A window over all stores silences these too: whoever wonders about the silence must see it.
    return own | col(AlertSilence.store).is_(None) if table is AlertSilence else own


def _scoped() -> Iterator[Any]:
    for table in SQLModel.__subclasses__():
        if "store" in table.model_fields and hasattr(table, "__table__") and table is not PlanRevision:
            yield table
