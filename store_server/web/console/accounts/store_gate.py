"""What of other stores an account limited to some meets: pages that are not there, campaigns it may read and not change.

Rows are hidden by store_server.db.scope and documents by Desk; this is the part that an address names.
"""

from fastapi import HTTPException, Request

from store_server.db.scope import sees
from store_server.db.session import reading
from store_server.web.console.accounts.accounts import Person
from store_server.web.console.desk import Desk


def refuse_elsewhere(desk: Desk, request: Request, person: Person) -> None:
    """Refuse an address of another store. Raises HTTPException 404, or 403 for what may be read only."""
    if person.stores is None:
        return
    store, name = request.path_params.get("store"), request.path_params.get("campaign")
    if store is not None and not sees(person.stores, store):
        raise HTTPException(404, f"store {store}")
    if name is None:
        return
    with reading(desk.engine) as session:
        running = desk.campaigns(session).get(name)
    if running is None:
        raise HTTPException(404, name)
    if request.method != "GET" and not running.campaign.runs_within(person.stores):
        raise HTTPException(403, "a campaign of other stores too")
