"""`aislecue demo` as a newcomer runs it: the console answers, Ctrl-C closes everything in order."""

import asyncio
import re
import signal
import sys
from asyncio.subprocess import PIPE

import httpx
import pytest

START_S = 60
"""Fifteen seconds on a machine of its own; a test suite shares it."""


@pytest.mark.timeout(180)
async def test_the_store_opens_and_closes() -> None:
    command = (sys.executable, "-m", "aislecue.cli", "demo", "--speed", "20", "--shoppers", "4")
    demo = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    assert demo.stdout is not None
    async with asyncio.timeout(START_S):
        first = (await demo.stdout.readline()).decode()
    address = re.search(r"http://127\.0\.0\.1:\d+", first)
    assert address is not None, first
    async with httpx.AsyncClient(base_url=address[0], follow_redirects=True, timeout=30) as http:
        console = await http.get("/console")
        assert console.status_code == 200
        assert "Milano Centro" in console.text
        assert (await http.get("/shop/")).status_code == 200
    demo.send_signal(signal.SIGINT)
    async with asyncio.timeout(START_S):
        out, err = await demo.communicate()
    assert demo.returncode == 0
    assert out.decode().splitlines()[-1] == "The store is closed."
    assert "Traceback" not in err.decode()
