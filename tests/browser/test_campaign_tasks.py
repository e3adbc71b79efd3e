"""What people do with campaigns, by visible words only: keys and finger, English and Italian, three sizes."""

from pathlib import Path

import pytest

from store_server.applying import exported, read_file, running_campaigns
from store_server.db.session import reading
from store_server.web.console.words import OUTCOMES, REASONS
from tests.browser.afternoon import Afternoon
from tests.browser.lived_week import Simulated
from tests.browser.person import Person
from tests.store_server.reach.sample import RUNNING as RUNNING_THEN

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

SHOES = "Shoes: help choosing"
RUNNING = "Running: free gait check"
WELCOME = "Welcome back"
MOST_ACTIONS = 15
"""From the first page to a campaign that runs."""


async def open_campaign(person: Person, name: str) -> None:
    await person.press("link", "Campaigns")
    await person.press("link", name)
    await person.on(name)


def text_of(afternoon: Afternoon, campaign: str) -> str:
    with reading(afternoon.engine) as session:
        return running_campaigns(session)[campaign].text


async def test_create_a_campaign_from_a_moment_and_publish_it(
    person: Person, shared_afternoon: Afternoon
) -> None:
    await person.press("link", "Campaigns")
    await person.press("link", "New campaign")
    await person.press("link", "Hesitate", exact=False)
    await person.on("Hesitate")
    await person.choose("Zone", "Shoes")
    await person.fill("Title", "Serve una mano? \N{ATHLETIC SHOE}")
    await person.fill("Text", "Anna è al banco scarpe.")
    preview = person.page.get_by_role("figure", name=person.say("Lock screen, iOS"))
    await preview.get_by_text("Serve una mano? \N{ATHLETIC SHOE}").first.wait_for()
    await person.press("button", "Save draft")
    await person.see("Draft")
    await person.press("button", "Publish")
    await person.see("Live")
    text = text_of(shared_afternoon, "hesitate-shoes")
    assert "status: live" in text
    assert "Anna è al banco scarpe." in text
    assert person.actions <= MOST_ACTIONS


async def test_change_a_campaign_and_see_what_is_wrong_as_one_types(
    person: Person, shared_afternoon: Afternoon
) -> None:
    await open_campaign(person, SHOES)
    await person.press("link", "Change")
    await person.fill("Title", "x" * 51)
    await person.see("A lock screen shows %(most)s characters; these are %(got)s.", most=50, got=51)
    await person.fill("Title", "")
    await person.see("A title is needed.")
    await person.press("button", "Save")
    await person.page.get_by_role("link", name=person.say("A title is needed.")).wait_for()
    await person.fill("Title", "Ask us")
    await person.press("button", "Save")
    await person.on(SHOES)
    assert "Ask us" in text_of(shared_afternoon, "shoes-help")


async def test_see_last_weeks_reach_as_simulate_has_it(
    reader: Person, lived_week: tuple[Afternoon, Simulated]
) -> None:
    simulated = lived_week[1]
    await open_campaign(reader, "Socks")
    await reader.press("link", "Last week")
    await reader.on("Who would have got it last week")
    await reader.see("What would have come of it")
    shown = {
        name: await reader.figure(OUTCOMES[name].word) for name in ("send", "ghost", "inbox", "suppressed")
    }
    assert simulated.reasons, "the sample must give reasons, or it proves little"
    assert shown == {name: simulated.outcomes.get(name, 0) for name in shown}
    assert await rows_of(reader, "listitem", 2) >= {
        (f"{reader.say(OUTCOMES[outcome].word)}: {reader.say(REASONS[reason])}", str(number))
        for (outcome, reason), number in simulated.reasons.items()
    }
    received = reader.language.ngettext(
        "%(num)s shopper would have been sent it",
        "%(num)s shoppers would have been sent it",
        simulated.receivers,
    )
    await reader.see(received % {"num": simulated.receivers})
    displaced = {row[:3] for row in await rows_of(reader, "row", 5)}
    changed = {name: figures for name, figures in simulated.others.items() if figures[0] != figures[1]}
    assert changed, "the sample must displace something, or it proves little"
    assert displaced >= {
        (name_of(one), str(without), str(with_it)) for one, (without, with_it) in changed.items()
    }


async def rows_of(person: Person, role: str, cells: int) -> set[tuple[str, ...]]:
    """Return what stands side by side in rows of so many cells."""
    texts = await person.page.get_by_role("main").get_by_role(role).all_inner_texts()  # type: ignore[arg-type]
    rows = (
        tuple(" ".join(cell.split()) for cell in text.replace("\t", "\n").split("\n") if cell.strip())
        for text in texts
    )
    return {row for row in rows if len(row) == cells}


def name_of(campaign: str) -> str:
    lines = next(text.splitlines() for text in RUNNING_THEN if f"\nid: {campaign}\n" in text)
    return next(line.removeprefix("name: ") for line in lines if line.startswith("name: "))


async def test_find_why_a_campaign_does_not_fire(person: Person) -> None:
    await person.press("link", "Campaigns")
    await person.see("Cannot fire")
    await person.press("link", SHOES)
    await person.on(SHOES)
    text = " ".join((await person.read()).split())
    silent = person.say("%(what)s silent", what=person.say("gateway %(id)s", id="gw-shoes"))
    cause = person.say("%(words)s since %(when)s", words=silent, when="14:02")
    assert person.say("Cannot fire: %(cause)s", cause=cause) in text
    await person.press("link", REASONS["not_corroborated"], exact=False)
    await person.press("link", SHOES)
    await person.see("Step by step")
    await person.see(REASONS["not_corroborated"])
    assert person.actions <= 4


async def test_pause_a_campaign(person: Person, shared_afternoon: Afternoon) -> None:
    await open_campaign(person, RUNNING)
    await person.press("button", "Pause")
    await person.see("Paused")
    assert "status: paused" in text_of(shared_afternoon, "running-fit")
    assert person.actions <= 3


async def test_compare_two_revisions(person: Person) -> None:
    await open_campaign(person, WELCOME)
    await person.press("button", "Pause")
    await person.see("Paused")
    await person.press("link", "Revisions")
    await person.press("button", "Compare")
    await person.on("What changed")
    difference = await person.page.get_by_label(person.say("Difference")).inner_text()
    assert "-status: live" in difference
    assert "+status: paused" in difference


async def test_export_a_campaign(person: Person, shared_afternoon: Afternoon, tmp_path: Path) -> None:
    await open_campaign(person, SHOES)
    async with person.page.expect_download() as coming:
        await person.press("link", "Export")
    download = await coming.value
    assert download.suggested_filename == "shoes-help.yaml"
    await download.save_as(tmp_path / "out.yaml")
    with reading(shared_afternoon.engine) as session:
        kept = running_campaigns(session)["shoes-help"]
    text = (tmp_path / "out.yaml").read_text()
    assert text == exported(kept)
    assert read_file("out.yaml", text).based_on == kept.revision
