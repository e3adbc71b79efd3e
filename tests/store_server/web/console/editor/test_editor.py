"""The editor through its pages: moments, mistakes, two editors, double submit, a session that ends."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from campaigns.document import Campaign, read_campaign
from campaigns.moments.template import MOMENTS, drafted
from store_server.applying import File, apply_campaigns, running_campaigns
from store_server.db.session import reading, writing
from store_server.db.tables import CampaignRevision
from store_server.web.console.accounts.accounts import add_account
from store_server.web.console.accounts.gate import SESSION_COOKIE
from tests.store_server.web.console.filling import FilledForm
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW

NEW, EDIT = "/console/campaigns/new", "/console/campaigns/shoes-help/edit"
WORDS = {"message.0.title": "Ciao {first_name|a te} 👟", "message.0.body": "Anna è al banco. שלום"}
GIVEN: dict[str, dict[str, Any]] = {
    "arrive": {},
    "hesitate": {"zone": "shoes", "after_s": 90},
    "return": {"visits": 3, "within_days": 30},
    "queue": {"zone": "entrance", "after_s": 60},
    "leave-without-buying": {"zone": "shoes"},
    "coupon": {"zone": "shoes", "after_s": 45, "total": 200},
}


def kept(engine: Engine) -> dict[str, Campaign]:
    with reading(engine) as session:
        return {name: read_campaign(one.text, name) for name, one in running_campaigns(session).items()}


def revisions(engine: Engine, campaign: str = "shoes-help") -> list[int]:
    with reading(engine) as session:
        rows = session.exec(select(CampaignRevision).where(CampaignRevision.campaign == campaign))
        return sorted(row.revision for row in rows)


async def opened(console: httpx.AsyncClient, address: str = EDIT, **query: str) -> FilledForm:
    return FilledForm((await console.get(address, params=query)).text)


async def send(
    console: httpx.AsyncClient,
    form: FilledForm,
    wanted: dict[str, str],
    do: str = "save",
    address: str = EDIT,
) -> httpx.Response:
    pairs = [*form.changed(wanted), ("do", do)]
    body = urlencode(pairs)
    head = {"Content-Type": "application/x-www-form-urlencoded"}
    return await console.post(address, content=body, headers=head)


@pytest.mark.parametrize("name", [name for name in MOMENTS if name != "quest"])
async def test_every_moment_becomes_the_campaign_its_template_means(
    console: httpx.AsyncClient, engine: Engine, name: str
) -> None:
    given = GIVEN[name]
    answers = {f"moment.{key}": str(value) for key, value in given.items()}
    before = kept(engine)
    saved = await send(console, await opened(console, NEW, moment=name), answers | WORDS, address=NEW)
    assert saved.status_code == 303, Page(saved.text).text()
    [made] = [one for key, one in kept(engine).items() if key not in before]
    assert saved.headers["location"] == f"/console/campaigns/{made.id}"
    message = {"it": {"title": WORDS["message.0.title"], "body": WORDS["message.0.body"]}}
    [meant] = drafted(name, given | {"message": message, "name": made.name})
    assert made == read_campaign(json.dumps(meant), "meant.json")
    assert made.status == "draft"
    assert (await console.get(saved.headers["location"])).status_code == 200


async def test_a_quest_becomes_a_stamp_and_a_reward_for_each_zone(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console, NEW, moment="quest")
    texts = {f"{part}.0.{key}": f"{part} {key}" for part in ("stamp", "reward") for key in ("title", "body")}
    refused = await send(console, form, texts, address=NEW)
    assert FilledForm(refused.text).faults == {"moment.zones": "Choose two zones or more."}
    saved = await send(console, form, texts | {"moment.zones": "shoes,running"}, address=NEW)
    assert saved.status_code == 303
    made = {name: one for name, one in kept(engine).items() if name.startswith("quest-")}
    zones, kinds = ("shoes", "running"), ("stamp", "reward")
    assert set(made) == {f"quest-{kind}-{zone}" for zone in zones for kind in kinds}
    assert made["quest-reward-shoes"].message.texts["it"].title == "reward title"
    again = await send(console, form, texts | {"moment.zones": "shoes,running"}, address=NEW)
    assert again.status_code == 303
    assert set(kept(engine)) == {*CAMPAIGNS, *made}, "sent twice, made once"


async def test_what_a_moment_does_not_ask_may_be_set_too_and_follows_it_until_then(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console, NEW, moment="hesitate")
    shown = FilledForm((await send(console, form, {"moment.zone": "shoes"}, "show", NEW)).text)
    assert dict(shown.pairs)["name"] == "Hesitate: help in Shoes"
    assert dict(shown.pairs)["id"] == "hesitate-shoes"
    more = {"priority": "77", "name": "Scarpe 👟 מבצע", "schedule.days": "sat,sun"}
    await send(console, shown, more | WORDS | {"moment.zone": "running"}, address=NEW)
    made = kept(engine)["hesitate-running"]
    assert (made.priority, made.name, made.trigger.zone) == (77, "Scarpe 👟 מבצע", "running")
    assert made.schedule.days == frozenset((5, 6))


MISTAKES = {
    "trigger.after_s": ("soon", "From 1 second to 24 hours."),
    "trigger.zone": ("", "Choose a zone."),
    "name": ("n" * 201, "At most 200 characters."),
    "schedule.hours": ("10-13", "Hours such as 10:00-13:00, with commas between."),
    "schedule.starts": ("tomorrow", "A day such as 2026-11-01."),
    "limits.per_visit": ("1.5", "A whole number from 0 to 1000000000."),
    "priority": ("101", "A whole number from 0 to 100."),
    "holdout_pct": ("-1", "A number from 0 to 100."),
    "message.0.title": ("", "A title is needed."),
    "audience.1.what": ("0", "A whole number from 1 to 1000000."),
}


async def test_ten_mistakes_are_ten_faults_beside_their_fields(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    wrong = {name: text for name, (text, _) in MISTAKES.items()}
    answer = await send(console, await opened(console), wrong)
    page, form = Page(answer.text), FilledForm(answer.text)
    assert answer.status_code == 422
    assert page.faults == []
    places = {
        name if name != "audience.1.what" else "audience.1": said for name, (_, said) in MISTAKES.items()
    }
    assert form.faults == places
    typed = dict(form.pairs)
    assert {name: typed[name] for name in wrong} == wrong, "what was typed is still there"
    assert sum("aria-invalid" in one for tag in ("input", "select") for one in page.elements[tag]) == 9
    assert revisions(engine) == [3]


@pytest.mark.parametrize("name", MISTAKES)
async def test_each_mistake_alone_is_told_in_italian_too(console: httpx.AsyncClient, name: str) -> None:
    answer = await console.post(
        f"{EDIT}?lang=it",
        content=urlencode([*(await opened(console)).changed({name: MISTAKES[name][0]}), ("do", "save")]),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    [said] = FilledForm(answer.text).faults.values()
    assert answer.status_code == 422
    assert said != MISTAKES[name][1]
    assert "%" not in said


async def test_lint_warns_beside_the_field_and_does_not_keep_from_saving(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    long = {"message.0.title": "x" * 51, "message.0.body": "y" * 151}
    shown = await send(console, await opened(console), long, "show")
    faults = FilledForm(shown.text).faults
    assert faults["message.0.title"] == "A lock screen shows 50 characters; these are 51."
    assert f"<bdi>{'x' * 50}…</bdi>" in shown.text
    assert "Cut from the title:" in shown.text
    assert (await send(console, await opened(console), long)).status_code == 303
    assert revisions(engine) == [3, 4]


async def test_saving_unchanged_makes_no_revision_and_keeps_every_part(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    for campaign in CAMPAIGNS:
        address = f"/console/campaigns/{campaign}/edit"
        assert (await send(console, await opened(console, address), {}, address=address)).status_code == 303
        assert revisions(engine, campaign) == [3]


async def test_a_double_submit_is_one_revision_and_one_campaign(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console)
    for _ in range(2):
        assert (await send(console, form, {"priority": "12"})).status_code == 303
    assert revisions(engine) == [3, 4]
    form = await opened(console, NEW, moment="arrive")
    places = [(await send(console, form, WORDS, address=NEW)).headers["location"] for _ in range(2)]
    assert places == ["/console/campaigns/arrive"] * 2
    other = await send(console, form, WORDS | {"priority": "3"}, address=NEW)
    assert other.headers["location"] == "/console/campaigns/arrive-2"
    taken = await send(console, form, WORDS | {"id": "shoes-help"}, address=NEW)
    assert FilledForm(taken.text).faults == {"id": "There is a campaign of this name already."}


async def test_two_editors_the_second_sees_the_difference_and_may_put_theirs_on_top(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    mine = await opened(console)
    with writing(engine) as session:
        text = CAMPAIGNS["shoes-help"].replace("priority: 80", "priority: 70")
        apply_campaigns(session, [File("f", text, 3)], "Bruno", NOW)
    refused = await send(console, mine, {"message.0.title": "May we help?", "limits.total": "9"})
    said = Page(refused.text).text()
    assert refused.status_code == 409
    assert "Bruno has changed this campaign since you opened it" in said
    assert "priority 70 of 100" in said
    assert "May we help?" in said
    assert revisions(engine) == [3, 4]
    form = FilledForm(refused.text)
    assert dict(form.pairs)["message.0.title"] == "May we help?"
    merged = FilledForm((await send(console, form, {}, "merge")).text)
    assert (dict(merged.pairs)["revision"], dict(merged.pairs)["priority"]) == ("4", "70")
    assert (await send(console, merged, {})).status_code == 303
    now = kept(engine)["shoes-help"]
    assert (now.priority, now.limits.total, now.message.texts["en"].title) == (70, 9, "May we help?")


async def test_a_session_that_ends_keeps_what_was_typed(console: httpx.AsyncClient, engine: Engine) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
    who = {"name": "Anna", "password": "four words of mine"}
    await console.post("/console/sign-in", data=who)
    form = await opened(console)
    console.cookies.delete(SESSION_COOKIE)
    over = await send(console, form, {"name": 'Scarpe "👟" & <b>', "message.0.body": "\ntwo\nlines"})
    assert over.status_code == 401
    hidden = {
        one["name"]: one["value"] for one in Page(over.text).elements["input"] if one["type"] == "hidden"
    }
    wrong = await console.post("/console/sign-in", data={**hidden, **who, "password": "wrong words here"})
    assert f'value="{hidden["back"]}"' in wrong.text
    assert "carried" in wrong.text
    back = await console.post("/console/sign-in", data={**hidden, **who})
    again = Page(back.text)
    action = next(one["action"] for one in again.elements["form"] if one["action"].endswith("/edit"))
    fields = _areas(back.text)
    saved = await console.post(
        action,
        content=urlencode(fields),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert saved.status_code == 303
    now = kept(engine)["shoes-help"]
    assert (now.name, now.message.texts["en"].body) == ('Scarpe "👟" & <b>', "\ntwo\nlines")


def _areas(html: str) -> list[tuple[str, str]]:
    return FilledForm(html.replace('<form class="stack"', '<form id="editor"')).pairs


async def test_staff_does_not_edit_and_odd_forms_change_nothing(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    form = await opened(console)
    assert (await send(console, form, {"revision": "²"})).status_code == 422
    assert (await send(console, form, {"revision": "99"})).status_code == 404
    assert (await send(console, form, {"name": "x" * 600_000})).status_code == 413
    assert (await console.get(NEW, params={"moment": "nothing"})).status_code == 404
    assert (await console.get("/console/campaigns/nothing/edit")).status_code == 404
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Dario", "four words of mine", "staff", NOW)
    await console.post("/console/sign-in", data={"name": "Dario", "password": "four words of mine"})
    assert (await console.get(EDIT)).status_code == 403
    assert (await send(console, form, {"priority": "1"})).status_code == 403
    assert (await console.get(NEW)).status_code == 403
    assert revisions(engine) == [3]


async def test_whoever_has_one_store_makes_campaigns_for_it_alone(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    with writing(engine) as session:
        add_account(session, "Anna", "four words of mine", "owner", NOW)
        add_account(session, "Bruno", "four words of mine", "manager", NOW, stores=["milan-duomo"])
    await console.post("/console/sign-in", data={"name": "Bruno", "password": "four words of mine"})
    form = await opened(console, NEW, moment="arrive")
    everywhere = await send(console, form, WORDS | {"stores.which": "all"}, address=NEW)
    assert everywhere.status_code == 422
    assert (await send(console, form, WORDS, address=NEW)).status_code == 303
    assert kept(engine)["arrive"].stores == frozenset(("milan-duomo",))
    assert (await console.get("/console/campaigns/welcome-back/edit")).status_code == 403
    assert (await console.get(EDIT)).status_code == 200


@pytest.mark.parametrize("address", [NEW, *(f"{NEW}?moment={name}" for name in MOMENTS), EDIT])
@pytest.mark.parametrize("lang", ["en", "it"])
async def test_every_page_of_the_editor_is_whole(console: httpx.AsyncClient, address: str, lang: str) -> None:
    answer = await console.get(address, headers={"Accept-Language": lang})
    page = Page(answer.text)
    assert (answer.status_code, page.faults) == (200, [])
    assert page.elements["style"] == []
    names = [one["id"] for tag in page.elements.values() for one in tag if "id" in one]
    assert len(names) == len(set(names)), "each id once"


async def test_who_would_have_got_it_is_counted_of_what_is_typed_and_nothing_is_saved(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    before = kept(engine)
    form = await opened(console)
    counting = await send(console, form, {"name": "Typed, not saved"}, do="last-week")
    assert counting.status_code == 303, Page(counting.text).text()
    page = Page((await console.get(counting.headers["location"])).text)
    assert "Typed, not saved" in page.text("a")
    assert "What would have come of it" in page.text("h2")
    assert kept(engine) == before
