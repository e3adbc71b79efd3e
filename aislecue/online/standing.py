"""`aislecue explain --every`: each campaign, and the step that stops it for a shopper at an instant (SPEC 5, 6)."""

import sys
from pathlib import Path

import msgspec

from aislecue.online.documents import open_server_database
from aislecue.online.explanation import REASONS
from campaigns import explain
from campaigns.document import read_campaign
from protocol.instants import Instant, format_instant
from protocol.plan import read_plan
from store_server.applying import running_campaigns, running_plans
from store_server.db.session import reading
from store_server.reach.standing import standing

NO_TRIGGER = {
    explain.OTHER_STORE: "it runs in other stores",
    explain.NO_VISIT: "the shopper is not in the store",
    explain.NO_STAY: "the shopper is not in its zone",
    explain.NOT_YET: "its moment has not come yet",
    explain.NOT_NOW: "its moment passed with the end of the stay",
}


def explain_every(data_dir: Path | None, shopper: str, at: Instant, *, as_json: bool) -> int:
    """Print a line for each campaign; return 1 where the shopper was in no store then. Raises BadInput."""
    with open_server_database(data_dir) as database, reading(database) as session:
        plans = [read_plan(kept.text, name) for name, kept in running_plans(session).items()]
        campaigns = [read_campaign(kept.text, name) for name, kept in running_campaigns(session).items()]
        found = standing(session, plans, campaigns, shopper, at)
    if found is None:
        there = f"expected someone in a store at {format_instant(at)}"
        print(f"{shopper}: {there}, got nothing kept that says so", file=sys.stderr)
        return 1
    store, lines = found
    for line in lines:
        print(_as_json(line, store) if as_json else _in_words(line))
    return 0


def _as_json(line: explain.Line, store: str) -> str:
    told = {
        "campaign": line.campaign,
        "store": store,
        "step": line.step,
        "next_step": line.next_step,
        "near_miss": line.near_miss,
        "compared": dict(line.compared),
    }
    return msgspec.json.encode(told).decode()


def _in_words(line: explain.Line) -> str:
    if line.step is None:
        said = f"{line.campaign}: it would be sent"
    else:
        said = f"{line.campaign}: {(REASONS | NO_TRIGGER)[line.step]} [{line.step}]"
    if line.near_miss:
        said += ", every other step would have let it pass"
    compared = "  ".join(f"{name}={value}" for name, value in line.compared)
    return f"{said}\n  compared  {compared}" if compared else said
