"""What the tick has kept, held against what the same facts give when judged anew: pages must never show anything else."""

from sqlalchemy import Engine

from protocol.instants import Instant
from store_server.db.session import reading
from store_server.documents import Documents
from store_server.fleet.budgets import spent_campaigns
from store_server.fleet.causes import BEACON, GATEWAY, stops
from store_server.fleet.chain import chain_health
from store_server.fleet.health import all_healths
from store_server.fleet.kept import Chosen, kept_stops, kept_stores, list_equipment


def assert_kept_is_computed(database: Engine, now: Instant) -> None:
    """Compare every kept condition, cause and count with those computed at `now`."""
    documents = Documents()
    with reading(database) as session:
        healths = all_healths(session, documents.plans(session), now)
        campaigns = [one.campaign for one in documents.campaigns(session).values()]
        kept = {
            (one.kind, one.store, one.id): (one.state, one.since_at, one.well)
            for kind in (GATEWAY, BEACON)
            for one in list_equipment(session, Chosen(kind), 0, 100_000)
        }
        stopped = kept_stops(session)
        stores = kept_stores(session)
        spent = spent_campaigns(session, campaigns)
        chain = chain_health(session, now)
    computed = {
        (GATEWAY, store, name): one
        for store, health in healths.items()
        for name, one in health.gateways.items()
    } | {
        (BEACON, store, name): one.condition
        for store, health in healths.items()
        for name, one in health.beacons.items()
    }
    assert kept == {key: (one.state, one.since, one.well) for key, one in computed.items()}
    found = stops(healths, campaigns, now, spent, chain)
    assert sorted(stopped, key=repr) == sorted(found, key=repr)
    assert {store: (row.gateways_well, row.beacons_heard, row.stopped) for store, row in stores.items()} == {
        store: (
            sum(one.well for one in health.gateways.values()),
            sum(one.condition.alive for one in health.beacons.values()),
            sum(len(stop.campaigns) for stop in found if stop.store == store),
        )
        for store, health in healths.items()
    }
