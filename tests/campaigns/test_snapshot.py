"""Plans and campaigns compiled together: what is refused, what is taken over, where a beacon is."""

import pytest

from campaigns.snapshot import Snapshot
from protocol.errors import BadInput
from protocol.identity import BeaconIdentity
from protocol.plan import read_plan
from tests.campaigns.worlds import PLAN, SHOES, UUID, campaign, plan


def test_a_beacon_is_in_its_zone_or_nowhere() -> None:
    snapshot = Snapshot.build([plan()], [])
    assert snapshot.zone_of(SHOES) == ("milan", "shoes", "SHOES-1")
    assert snapshot.zone_of(BeaconIdentity(UUID, 9, 9)) is None


def test_what_did_not_change_is_not_compiled_again() -> None:
    kept, changed = campaign("kept"), campaign("changed")
    before = Snapshot.build([plan()], [kept, changed])
    after = Snapshot.build([plan()], [kept, campaign("changed")], before=before)
    assert after.rules["kept"] is before.rules["kept"]
    assert after.rules["changed"] is not before.rules["changed"]
    again = Snapshot.build([plan()], [kept], {"kept": 2}, before=before)
    assert again.rules["kept"].revision == 2


def test_a_store_has_one_plan_and_a_beacon_one_store() -> None:
    with pytest.raises(BadInput, match=r"plan\.yaml:3: expected each store in one plan, got 'milan' again"):
        Snapshot.build([plan(), plan()], [])
    roma = read_plan(PLAN.replace("id: milan", "id: roma"), "roma.yaml")
    with pytest.raises(BadInput, match="each beacon identity in one store"):
        Snapshot.build([plan(), roma], [])


def test_a_deadline_exceeds_the_arbitration_of_its_stores() -> None:
    with pytest.raises(BadInput, match="a deadline beyond the stores' arbitration of 2 s, got 2 s"):
        Snapshot.build([plan()], [campaign(deadline_s=2)])
    Snapshot.build([plan()], [campaign(deadline_s=2, stores=["roma"])])


def test_a_campaign_of_a_zone_elsewhere_is_not_here() -> None:
    snapshot = Snapshot.build([plan()], [campaign(trigger={"on": "exit", "zone": "attic"})])
    assert snapshot.stores["milan"].exit == {}
