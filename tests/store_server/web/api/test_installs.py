"""A flood of installs from one address is held up; who comes later, or from elsewhere, is not."""

from protocol.instants import HOUR, MINUTE
from store_server.tries import Tries
from tests.store_server.app_door import Door
from tests.store_server.shop import OPENING

NEW = {"platform": "reference"}


async def test_an_address_makes_so_many_installs_an_hour(door: Door) -> None:
    for _ in range(door.side.new_installs.most):
        door.side.new_installs.note("127.0.0.1", OPENING)
    door.shop.clock.go(OPENING + 10 * MINUTE)
    held = await door.client.post("/v1/installs", json=NEW)
    assert (held.status_code, held.headers["retry-after"]) == (429, "3000")
    assert held.headers["content-type"] == "application/problem+json"
    door.shop.clock.go(OPENING + HOUR)
    assert (await door.client.post("/v1/installs", json=NEW)).status_code == 201


async def test_every_install_counts_and_what_is_refused_does_not(door: Door) -> None:
    tries: Tries = door.side.new_installs
    tries.most = 2
    for status in (201, 422, 201, 429):
        body = {"platform": "toaster"} if status == 422 else NEW
        assert (await door.client.post("/v1/installs", json=body)).status_code == status
