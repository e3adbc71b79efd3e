"""Phones counted at the door: who is listened to, who is turned away and why; numbers are kept, nobody's name."""

from protocol.instants import MINUTE, SECOND
from store_server.db.session import writing
from store_server.fleet.condition import Condition
from store_server.fleet.phones import judge_phones
from store_server.web.api.phones import SPAN_MS
from tests.store_server.app_door import EVERYTHING, Door, Phone, enter
from tests.store_server.shop import OPENING
from tests.store_server.web.api.test_signatures import PUBLIC, upload

COUNTS = "SELECT at - ?, worker, outcome, phones FROM phone_count ORDER BY outcome"


async def kept(door: Door) -> list[tuple[object, ...]]:
    with writing(door.side.engine) as session:
        door.side.phones.keep(session, "server-1", door.shop.clock.now())
    return door.shop.rows(COUNTS, OPENING)


async def test_each_phone_counts_once_by_what_became_of_its_upload(door: Door) -> None:
    phones = [await door.phone(EVERYTHING) for _ in range(6)]
    for phone in phones[:2]:
        for _ in range(3):  # the second and third are known already
            await phone.post("/v1/sightings", json={"sightings": [enter()]})
    await phones[2].post("/v1/sightings", json={"sightings": [enter(at=OPENING + 10 * MINUTE)]})
    await phones[3].post("/v1/sightings", json={"sightings": [enter(minor=99)]})
    await phones[4].post("/v1/sightings", json={"sightings": [{"at": "now"}]})
    await Phone(door.client, {"Authorization": "Bearer nobody's"}).post("/v1/sightings", json={})
    await upload(await door.phone(EVERYTHING, public_key=PUBLIC), "7;x;y")
    expected = [
        (0, "server-1", "credential", 1),
        (0, "server-1", "format", 1),
        (0, "server-1", "signature", 1),
        (0, "server-1", "taken", 2),
        (0, "server-1", "too_far_ahead", 1),
        (0, "server-1", "unknown_beacon", 1),
    ]
    assert await kept(door) == expected
    assert await kept(door) == expected
    door.shop.clock.go(OPENING + SPAN_MS)
    await kept(door)
    assert not door.side.phones.waiting


def test_a_few_odd_phones_are_their_owners() -> None:
    assert judge_phones([(0, "signature", 2)]) is None
    assert judge_phones([(0, "signature", 8), (0, "taken", 1)]) is None
    assert judge_phones([]) is None


def test_when_hardly_any_phone_is_listened_to_it_is_a_fault_since_the_first_of_it() -> None:
    counts = [(0, "taken", 9), (20 * SECOND, "too_old", 3), (40 * SECOND, "too_old", 9)]
    counts += [(40 * SECOND, "signature", 1), (40 * SECOND, "taken", 1)]
    assert judge_phones(counts) == Condition("too_old", 20 * SECOND)
    assert judge_phones([*counts, (60 * SECOND, "taken", 1)]) is None
