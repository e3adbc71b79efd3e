"""The store plans as the app side sees them: read from the database, parsed once a revision."""

from sqlalchemy import Engine, func
from sqlmodel import col, select

from protocol.plan import StorePlan, read_plan
from store_server.db.session import reading
from store_server.db.tables import PlanRevision


class Plans:
    """Running plans by store; a plan applied by any process is seen at the next question."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._parsed: dict[str, tuple[int, StorePlan]] = {}

    def by_store(self) -> dict[str, StorePlan]:
        newest = select(PlanRevision.store, func.max(PlanRevision.revision)).group_by(col(PlanRevision.store))
        with reading(self._engine) as session:
            for store, revision in session.exec(newest):
                if self._parsed.get(store, (0, None))[0] != revision:
                    row = session.get_one(PlanRevision, (store, revision))
                    self._parsed[store] = (revision, read_plan(row.text, store))
        return {store: plan for store, (_, plan) in sorted(self._parsed.items())}

    def get(self, store: str) -> StorePlan | None:
        return self.by_store().get(store)
