from tests.campaigns.lint.found import fine, found, kinds, plan_file
from tests.campaigns.worlds import PLAN

OWN_TAG = "3f0e6c1e-6a55-4a0e-8f0e-2b6f6f7d9a01"


def test_what_a_running_set_refuses_is_told_with_both_places() -> None:
    assert found(fine("a"), fine("a", status="ended")) == [
        ("error", "double", "a.yaml", "'a' (a.yaml:1) again")
    ]
    again = plan_file(source="again.yaml")
    assert found(plans=[plan_file(), again]) == [
        ("error", "double", "again.yaml", "'milan' again (plan.yaml)")
    ]


def test_a_beacon_belongs_to_one_store() -> None:
    roma = plan_file(text=PLAN.replace("id: milan", "id: roma"), source="roma.yaml")
    assert [got[-22:] for *_, got in found(plans=[plan_file(), roma])] == [
        "1/1 again (plan.yaml:9)"[-22:],
        "1/2 again (plan.yaml:10)"[-22:],
        "1/3 again (plan.yaml:11)"[-22:],
    ]


def test_a_tag_is_no_beacon_of_another_store() -> None:
    head, _, _ = PLAN.partition("beacons:")
    uuid = plan_file().plan.beacons[0].identity.uuid
    text = f"{head.replace('id: milan', 'id: roma')}tags: [{{uuid: {OWN_TAG}, kind: staff}}, {{uuid: {uuid}, kind: cart}}]\n"
    roma = plan_file(text=text, source="roma.yaml")
    assert [one for one in found(plans=[plan_file(), roma]) if one[0] == "error"] == [
        ("error", "double", "roma.yaml", f"{uuid}, which beacons of milan have (plan.yaml)")
    ]


def test_a_deadline_has_to_exceed_the_arbitration() -> None:
    assert kinds(fine(deadline_s=2)) == [("error", "deadline")]
    assert kinds(fine(deadline_s=2.001)) == []
    assert kinds(fine(deadline_s=2, stores=["roma"]), all_plans=False) == []
