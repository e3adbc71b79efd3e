"""shoppers.jsonl and history.jsonl (SPEC 6)."""

from collections import defaultdict
from pathlib import Path
from typing import Literal, NamedTuple

import msgspec

from aislecue.offline.lines import read_lines
from campaigns.shopper import Shopper, ShopperLine
from campaigns.state import History
from protocol.errors import BadInput, Problem
from protocol.instants import Instant, parse_instant


def load_shoppers(paths: list[Path]) -> dict[str, Shopper]:
    """Read shoppers; one of an id. Raises BadInput."""
    decode = msgspec.json.Decoder(ShopperLine).decode
    shoppers: dict[str, Shopper] = {}
    doubled: list[Problem] = []
    for path in paths:
        for number, shopper in read_lines(path, lambda line: decode(line).shopper(), "a shopper"):
            if shopper.id in shoppers:
                doubled.append(Problem(str(path), number, "each shopper id once", f"{shopper.id!r} again"))
            shoppers[shopper.id] = shopper
    if doubled:
        raise BadInput(*doubled)
    return shoppers


class HistoryLine(msgspec.Struct, frozen=True):
    """One thing that happened to a shopper."""

    at: str
    shopper: str
    kind: Literal["visit", "purchase", "received", "opened"]
    store: str | None = None
    campaign: str | None = None
    tag: str | None = None


class Past(NamedTuple):
    """History by shopper, and what each campaign's budget had spent."""

    by_shopper: dict[str, History]
    received: dict[str, list[Instant]]


def load_history(paths: list[Path]) -> Past:
    """Read history in any order. Raises BadInput."""
    decode = msgspec.json.Decoder(HistoryLine).decode
    histories: dict[str, History] = defaultdict(History)
    received: dict[str, list[Instant]] = defaultdict(list)

    def read(line: bytes) -> tuple[Instant, HistoryLine]:
        one = decode(line)
        return parse_instant(one.at), one

    for path in paths:
        for _, (at, one) in read_lines(path, read, "a line of history"):
            histories[one.shopper].add(one.kind, at, one.store, one.campaign, one.tag)
            if one.kind == "received" and one.campaign is not None:
                received[one.campaign].append(at)
    return Past(dict(histories), dict(received))
