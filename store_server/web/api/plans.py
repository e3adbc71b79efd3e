"""The store plans as the app side sees them; one that does not read leaves the last one that does."""

from sqlalchemy import Engine

from protocol.plan import StorePlan
from store_server.db.session import reading
from store_server.documents import Documents


class Plans:
    """Running plans by store; a plan applied by any process is seen at the next question."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._documents = engine, Documents()

    def by_store(self) -> dict[str, StorePlan]:
        with reading(self._engine) as session:
            return self._documents.plans(session)

    def get(self, store: str) -> StorePlan | None:
        return self.by_store().get(store)
