"""kill -9 of the server in the middle of a dwell and of an arbitration window: after the restart exactly one message."""

import asyncio
import base64
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from protocol.instants import format_instant
from store_server.clock import WallClock
from tests.brokers import free_port
from tests.eventually import eventually
from tests.programs import Program
from tests.store_server.shop import HELP, PLAN, SHOES, UUID, read_rows

pytestmark = [pytest.mark.faults, pytest.mark.timeout(120)]

DWELL_S, WINDOW_S = 5, 5


class PushService:
    """Takes what it is sent with 201 and keeps count."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["PushService"]:
        async with await asyncio.start_server(self._serve, "127.0.0.1", 0) as server:
            self.port = server.sockets[0].getsockname()[1]
            yield self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(row.lower().split(": ", 1) for row in head.split("\r\n")[1:] if ": " in row)
        await reader.readexactly(int(headers["content-length"]))
        self.taken.append(headers["topic"])
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    def subscription(self) -> dict[str, Any]:
        point = ec.generate_private_key(ec.SECP256R1()).public_key()
        key = point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": _base64url(key), "auth": _base64url(os.urandom(16))}
        return {"endpoint": f"http://127.0.0.1:{self.port}/push", "keys": keys}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Deployment:
    """One server program and its folder."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "aislecue.db"
        self.port = free_port()
        environment = {
            "AISLECUE_DATA_DIR": str(folder),
            "AISLECUE_PORT": str(self.port),
            "AISLECUE_PUSH_ALLOW_LOOPBACK": "true",
        }
        plan, campaign = folder / "plan.yaml", folder / "help.yaml"
        plan.write_text(PLAN + f"policy: {{arbitration_s: {WINDOW_S}}}\n")
        campaign.write_text(HELP.replace("after_s: 90", f"after_s: {DWELL_S}"))
        for arguments in (["plan", "apply", str(plan)], ["campaigns", "apply", str(campaign)]):
            command = [sys.executable, "-m", "aislecue.cli", *arguments]
            subprocess.run(command, env=os.environ | environment, check=True, capture_output=True)
        self.server = Program(["server"], environment, folder / "server.log")

    async def start(self) -> None:
        self.server.start()
        await eventually(self._answers, 30)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/v1/app-config").is_success
        except httpx.TransportError:
            return False

    def state(self) -> dict[str, Any]:
        rows = read_rows(self.database, "SELECT state FROM shopper_state")
        state: dict[str, Any] = json.loads(rows[0][0]) if rows else {}
        return state


async def in_dwell(shop: Deployment) -> None:
    await eventually(lambda: shop.state().get("due_at"))
    assert shop.state()["window"] is None


async def in_window(shop: Deployment) -> None:
    await eventually(lambda: shop.state()["window"])


@pytest.mark.parametrize("moment", [in_dwell, in_window])
async def test_a_killed_server_sends_exactly_one_message(
    tmp_path: Path, moment: Callable[[Deployment], Any]
) -> None:
    shop = await asyncio.to_thread(Deployment, tmp_path)
    async with PushService().running() as pushes:
        await shop.start()
        try:
            upload = await arrive(shop, pushes)
            await moment(shop)
            assert pushes.taken == []
            shop.server.kill()
            await shop.start()
            assert (await upload()).json() == {"accepted": 0, "ignored": {"duplicate": 1}}
            await eventually(lambda: pushes.taken, 30)
            await eventually(lambda: read_rows(shop.database, "SELECT state FROM outbox") == [("accepted",)])
            assert len(pushes.taken) == 1
            assert read_rows(shop.database, "SELECT outcome FROM decision") == [("send",)]
        finally:
            shop.server.stop()


async def arrive(shop: Deployment, pushes: PushService) -> Callable[[], Any]:
    """Install, consent, subscribe, and post one region enter; return how to post the same again."""
    address = f"http://127.0.0.1:{shop.port}"
    sighting = {"id": "e", "at": format_instant(WallClock().now()), "uuid": UUID, "major": 1, "minor": SHOES}
    async with httpx.AsyncClient(base_url=address) as client:
        made = await client.post("/v1/installs", json={"platform": "web"})
        headers = {"Authorization": f"Bearer {made.json()['credential']}"}
        address_of_push = {"kind": "webpush", "address": pushes.subscription()}
        wish = {"proximity": True, "push": True, "push_address": address_of_push}
        (await client.put("/v1/consents", json=wish, headers=headers)).raise_for_status()

    async def upload() -> httpx.Response:
        async with httpx.AsyncClient(base_url=address, headers=headers) as client:
            body = {"sightings": [{**sighting, "kind": "enter"}]}
            return (await client.post("/v1/sightings", json=body)).raise_for_status()

    assert (await upload()).json() == {"accepted": 1, "ignored": {}}
    return upload
