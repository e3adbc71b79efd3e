import pytest

from campaigns.document import Campaign, read_campaign
from campaigns.meeting import goes_first, meets, rivals

CAMPAIGN = """
version: 1
id: ID
name: One
status: live
stores: [milan]
trigger: {on: enter, zone: shoes}
priority: 50
message: {en: {title: T, body: B}}
"""


def campaign(name: str, *changes: tuple[str, str], more: str = "") -> Campaign:
    text = CAMPAIGN.replace("ID", name)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return read_campaign(text + more, name)


GOLD = "audience: {field: tier, op: eq, value: gold}\n"
ONE = campaign("one", more=GOLD)


@pytest.mark.parametrize(
    ("other", "met"),
    [
        (campaign("other"), True),
        (campaign("other", ("on: enter", "on: dwell"), ("zone: shoes", "zone: shoes, after_s: 90")), True),
        (campaign("other", ("[milan]", '"*"')), True),
        (campaign("other", more="audience: {field: tags, op: contains, value: running}\n"), True),
        (campaign("other", more=GOLD.replace("gold", "silver")), False),
        (campaign("other", ("[milan]", "[rome]")), False),
        (campaign("other", ("zone: shoes", "zone: till")), False),
        (campaign("other", ("{on: enter, zone: shoes}", "{on: arrive}")), False),
        (campaign("other", more="channels: [inbox]\n"), False),
        (campaign("one"), False),
    ],
)
def test_campaigns_meet_in_a_zone_for_a_shopper_of_both(other: Campaign, *, met: bool) -> None:
    assert meets(ONE, other) is met
    assert meets(other, ONE) is met


def test_rivals_are_live_and_in_the_order_of_arbitration() -> None:
    strong, equal, weak = (
        campaign(name, ("priority: 50", f"priority: {priority}"))
        for name, priority in (("b-strong", 80), ("a-equal", 50), ("c-weak", 10))
    )
    paused = campaign("paused", ("status: live", "status: paused"))
    assert [one.id for one in rivals(ONE, [weak, paused, ONE, strong, equal])] == [
        "b-strong",
        "a-equal",
        "c-weak",
    ]
    assert goes_first(strong, ONE)
    assert goes_first(equal, ONE), "of equals the first by id"
    assert not goes_first(weak, ONE)
