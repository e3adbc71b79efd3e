"""A spool tells what its own gateway heard: a machine enrolled anew for another shop drops what it could not send."""

from pathlib import Path

from gateway.batch import Spooled
from gateway.spool import Spool
from protocol.topics import GatewayAddress

DOOR, TILL = GatewayAddress("milan", "door"), GatewayAddress("turin", "till")
BOOT = "aaaaaaaa"


async def after_opening(
    folder: Path, owner: GatewayAddress | None, says: int
) -> tuple[list[int], dict[str, int]]:
    """Open as this gateway, say one thing, and return what waits and what was dropped by then."""
    spool = await Spool(folder / "spool.db", owner=owner).open()
    await spool.hold(Spooled(0, BOOT, says, 1_000, True, b"x"), 0)
    waiting = [one.seq for one in await spool.after(0, spool.last_id, 100)]
    dropped = spool.dropped()
    await spool.close()
    return waiting, dropped


async def test_what_another_gateway_said_is_dropped_and_counted(tmp_path: Path) -> None:
    assert await after_opening(tmp_path, DOOR, 1) == ([1], {})
    assert await after_opening(tmp_path, DOOR, 2) == ([1, 2], {})
    assert await after_opening(tmp_path, TILL, 3) == ([3], {"another_gateway": 2})
    assert await after_opening(tmp_path, TILL, 4) == ([3, 4], {"another_gateway": 2})
    assert await after_opening(tmp_path, DOOR._replace(gateway="till"), 5) == ([5], {"another_gateway": 4})


async def test_a_card_that_does_not_say_whose_it_is_is_this_gateways(tmp_path: Path) -> None:
    assert await after_opening(tmp_path, None, 1) == ([1], {})
    assert await after_opening(tmp_path, DOOR, 2) == ([1, 2], {})
    assert await after_opening(tmp_path, TILL, 3) == ([3], {"another_gateway": 2})
