"""The sample store's files, as the package carries them."""

from dataclasses import dataclass
from importlib.resources import files

from campaigns.document import read_campaign
from protocol.plan import StorePlan, read_plan


@dataclass(frozen=True, slots=True)
class SampleStore:
    """One plan and its campaigns, as text and read."""

    plan_text: str
    plan: StorePlan
    campaigns: dict[str, str]
    """Campaign id -> text."""


def sample_store() -> SampleStore:
    folder = files("aislecue.demo").joinpath("store")
    plan_text = folder.joinpath("plan.yaml").read_text(encoding="utf-8")
    texts = [
        (entry.name, entry.read_text(encoding="utf-8")) for entry in folder.joinpath("campaigns").iterdir()
    ]
    campaigns = {read_campaign(text, name).id: text for name, text in sorted(texts)}
    return SampleStore(plan_text, read_plan(plan_text, "plan.yaml"), campaigns)
