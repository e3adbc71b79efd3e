"""A campaign's document as people read it: the keys' order, a line for each condition and locale (SPEC 3)."""

from campaigns.document import read_campaign
from campaigns.layout import LAYOUT
from protocol.document import read_document
from protocol.writing import written

DOCUMENT = """\
version: 1
id: shoes-help
name: "Shoes: help choosing"
status: live
stores: [milan-duomo]
trigger: {on: dwell, zone: shoes, after_s: 90, within: near}
audience:
  all:
    - {field: tier, op: in, value: [gold, platinum]}
    - {not: {purchased: {tag: shoes, within_days: 14}}}
limits:
  per_visit: 1
priority: 50
channels: [push]
message:
  en: {title: "Need a hand?", body: B}
"""


def test_a_document_is_written_as_it_was_whatever_the_order_of_its_keys() -> None:
    value = read_document(DOCUMENT, "c").value
    assert written(dict(sorted(value.items())), LAYOUT) == DOCUMENT
    assert read_campaign(DOCUMENT, "c").id == "shoes-help"


def test_every_key_of_a_campaign_has_its_place() -> None:
    every = read_document(EVERY_KEY, "c").value
    assert set(LAYOUT.order) == set(every)
    assert read_campaign(EVERY_KEY, "c").id == "a"


EVERY_KEY = """
{version: 1, id: a, name: A, status: live, stores: "*", trigger: {on: enter, zone: z}, trust: app,
 schedule: {days: [mon]}, audience: {visits: {}}, limits: {total: 1}, priority: 1, holdout_pct: 1, deadline_s: 60,
 cancel_on_exit: true, blocked: drop, channels: [push], message: {en: {title: T, body: B}},
 variants: [{id: v, weight: 1}], goal: {kind: purchase, tag: t, within_s: 60}}
"""
