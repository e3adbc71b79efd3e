"""What runs in the shop where reach is counted, and the draft whose reach it is."""

from protocol.instants import DAY
from tests.store_server.engine.test_record import GOODBYE, TEASE, WELCOME
from tests.store_server.shop import HELP, OPENING

NOW = OPENING + 2 * DAY
RUNNING = (HELP, WELCOME, GOODBYE, TEASE)
CANDIDATE = """
version: 1
id: socks
name: Socks
status: draft
stores: [milan]
trigger: {on: enter, zone: shoes, within: near}
audience: {visits: {at_least: 2}}
limits: {per_shopper: {max: 1, within_days: 30}}
priority: 90
holdout_pct: 70
message: {en: {title: Socks, body: "Two for one."}}
"""
