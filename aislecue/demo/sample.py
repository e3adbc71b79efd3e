"""The sample store's files, as the package carries them."""

from dataclasses import dataclass
from importlib.resources import files

from protocol.plan import StorePlan, read_plan


@dataclass(frozen=True, slots=True)
class SampleStore:
    """One plan and its campaigns, as text and read."""

    plan_text: str
    plan: StorePlan
    campaign_texts: dict[str, str]
    """File name -> text."""


def sample_store() -> SampleStore:
    folder = files("aislecue.demo").joinpath("store")
    plan_text = folder.joinpath("plan.yaml").read_text(encoding="utf-8")
    campaigns = {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in sorted(folder.joinpath("campaigns").iterdir(), key=lambda entry: entry.name)
    }
    return SampleStore(plan_text, read_plan(plan_text, "plan.yaml"), campaigns)
