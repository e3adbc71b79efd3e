from typing import Any

from tests.campaigns.lint.found import EN_IT, fine, found, kinds

OTHER = {locale: {"title": "Other", "body": "B"} for locale in EN_IT}


def variant(id_: str, message: Any = None) -> dict[str, Any]:
    return {"id": id_, "weight": 1} | ({"message": message} if message else {})


def test_variants_that_compare_nothing() -> None:
    assert kinds(fine(variants=[variant("a")])) == [("warning", "variants")]
    assert found(fine(variants=[variant("a"), variant("b", OTHER), variant("c", EN_IT)])) == [
        ("warning", "variants", "c.yaml", "'c', the same words as 'a'")
    ]
    assert kinds(fine(variants=[variant("a"), variant("b", OTHER)])) == []


def test_goals_that_nothing_can_reach() -> None:
    assert kinds(fine(goal={"kind": "visit", "tag": "shoes"})) == [("warning", "goal")]
    assert kinds(fine(goal={"kind": "opened"}, channels=["sms"])) == [("warning", "goal")]
    assert kinds(fine(goal={"kind": "opened"})) == []
