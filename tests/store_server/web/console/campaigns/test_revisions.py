import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from campaigns.document import read_campaign
from store_server.applying import running_campaigns
from store_server.db.session import reading, writing
from store_server.db.tables import Audit, CampaignRevision
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.campaigns.differences import changed_parts, line_counts
from store_server.web.design.language import load_languages
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW

PAGE = "/console/campaigns/shoes-help"
EARLIER = (
    CAMPAIGNS["shoes-help"].replace("after_s: 90", "after_s: 60").replace("priority: 80", "priority: 50")
)
ENGLISH = load_languages()["en"]


@pytest.fixture
def history(engine: Engine) -> Engine:
    """Give the campaign a past: two revisions before the one that runs."""
    texts = {1: "written for an older version", 2: EARLIER.replace("status: live", "status: draft")}
    with writing(engine) as session:
        for number, text in texts.items():
            session.add(
                CampaignRevision(
                    campaign="shoes-help", revision=number, text=text, applied_at=NOW - 9, applied_by="bruno"
                )
            )
    return engine


async def restore(console: httpx.AsyncClient, older: int, running: int = 3) -> int:
    form = {"restore": str(older), "revision": str(running)}
    return (await console.post(f"{PAGE}/restore", data=form)).status_code


@pytest.mark.usefixtures("history")
async def test_every_revision_is_listed_with_who_and_when(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(f"{PAGE}/revisions")).text)
    assert page.faults == []
    assert "3 runs now" in page.text("th")
    assert "bruno" in page.text("td")
    assert "anna" in page.text("td")
    checked = {one["name"]: one["value"] for one in page.elements["input"] if "checked" in one}
    assert checked == {"a": "2", "b": "3"}, "the newest change is one tap away"
    assert "Revisions" in Page((await console.get(PAGE)).text).text("a")


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("order", ["a=2&b=3", "a=3&b=2"])
async def test_two_revisions_are_compared_in_words_and_in_lines(
    console: httpx.AsyncClient, order: str
) -> None:
    page = Page((await console.get(f"{PAGE}/compare?{order}")).text)
    assert page.faults == []
    assert "stays 60 seconds" in page.text("del")
    assert "stays 90 seconds" in page.text("ins")
    assert "priority 50 of 100" in page.text("del")
    assert "7 days" not in page.text("del"), "a limit that stayed is not listed"
    assert "Draft" in page.text("del")
    assert "Anna at the shoe desk" not in page.text("table"), "what stayed is not listed"
    assert "-status: draft" in page.text("pre")
    assert "+status: live" in page.text("pre")


@pytest.mark.usefixtures("history")
async def test_a_revision_that_no_longer_reads_is_compared_by_its_lines(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(f"{PAGE}/compare?a=1&b=3")).text)
    assert "no longer reads" in page.text()
    assert "-written for an older version" in page.text("pre")
    assert await restore(console, 1) == 422


@pytest.mark.usefixtures("history")
async def test_the_same_revision_twice_reads_the_same(console: httpx.AsyncClient) -> None:
    page = Page((await console.get(f"{PAGE}/compare?a=3&b=3")).text)
    assert "They read the same" in page.text()
    assert "pre" not in page.elements


async def test_an_older_revision_comes_back_as_a_new_one_and_its_state_stays(
    console: httpx.AsyncClient, history: Engine
) -> None:
    assert await restore(console, 2) == 303
    with reading(history) as session:
        kept = running_campaigns(session)["shoes-help"]
        audit = session.exec(select(Audit)).all()[-1]
    assert kept.revision == 4
    assert kept.text == EARLIER, "the text of then, live as now"
    assert (audit.actor, audit.action, audit.detail) == ("this machine", "campaign.apply", {"revision": 4})
    assert await restore(console, 2) == 409, "an old page restores nothing"


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("address", ["revisions?below=x", "compare?a=1&b=9", "compare?a=1"])
async def test_odd_addresses_are_answered(console: httpx.AsyncClient, address: str) -> None:
    assert (await console.get(f"{PAGE}/{address}")).status_code in (404, 422)
    assert (await console.get("/console/campaigns/nothing/revisions")).status_code == 404
    assert await restore(console, 9) == 404


async def test_many_revisions_go_over_several_pages(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(4, 104):
            text = CAMPAIGNS["shoes-help"].replace("priority: 80", f"priority: {number % 100}")
            session.add(
                CampaignRevision(
                    campaign="shoes-help", revision=number, text=text, applied_at=NOW, applied_by="anna"
                )
            )
    first = Page((await console.get(f"{PAGE}/revisions")).text)
    assert "Older" in first.text("a")
    assert "Restore 54" in first.text("button")
    assert "Restore 53" not in first.text("button")
    assert "Restore 53" in (await console.get(f"{PAGE}/revisions?below=54")).text
    last = Page((await console.get(f"{PAGE}/revisions?below=4")).text)
    assert "Restore 3" in last.text("button")
    assert "Older" not in last.text("a")


@pytest.mark.usefixtures("history")
async def test_staff_compares_and_does_not_restore(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Bruno", "four words of mine", "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Bruno", "password": "four words of mine"})
    assert "Restore" not in (await console.get(f"{PAGE}/revisions")).text
    assert (await console.get(f"{PAGE}/compare?a=2&b=3")).status_code == 200
    assert await restore(console, 2) == 403


@pytest.mark.parametrize(
    ("old", "new", "label"),
    [
        ("cooldown_s: 604800", "cooldown_s: 3600", "Limits"),
        ("stores: [milan-duomo]", 'stores: "*"', "Stores"),
        ("value: [gold, platinum]", "value: [gold]", "Audience"),
        ("trust: corroborated", "trust: app", "Trust"),
        ("priority: 80", "blocked: drop\npriority: 80", "If it may not interrupt"),
        ("priority: 80", "cancel_on_exit: false\npriority: 80", "If the stay ends first"),
        ("priority: 80", "goal: {kind: purchase, tag: shoes}\npriority: 80", "Goal"),
        ("free for you now", "here", "Words (en)"),
        ("priority: 80", "variants: [{id: a, weight: 3}]\npriority: 80", "Variant a"),
        ("mon, tue, wed", "wed", "Schedule"),
    ],
)
def test_each_part_that_changes_is_named_alone(old: str, new: str, label: str) -> None:
    before = CAMPAIGNS["shoes-help"]
    after = before.replace(old, new)
    found = changed_parts(
        read_campaign(before, "before"), read_campaign(after, "after"), ENGLISH, lambda zone: zone or ""
    )
    assert [one.label for one in found] == [label]


def test_lines_that_came_and_went_are_counted() -> None:
    assert line_counts("a\nb\nc", "a\nc\nd\ne") == (2, 1)
    assert line_counts("", "a\n") == (1, 0)
