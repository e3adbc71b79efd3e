from secrets import token_urlsafe

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import select

from store_server.db.session import reading, writing
from store_server.db.tables import Account, Audit, ConsoleSession
from store_server.web.console.accounts.accounts import (
    TRIES,
    AccountFault,
    add_account,
    invite_owner,
    remove_account,
)
from store_server.web.console.accounts.sessions import SESSION_MS, change_own_password, sign_in, who
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import NOW, STORE

PASSWORD = "four words of mine"
CODE = "one-time-code"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Mobile/15E148 Safari/604.1"


def new_token() -> str:
    return token_urlsafe(16)


def account(engine: Engine, name: str, role: str = "owner") -> None:
    with writing(engine) as session:
        add_account(session, name, PASSWORD, role, NOW)


async def enter(console: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await console.post(
        "/console/sign-in", data={"name": name, "password": password, "back": "/console/fleet"}
    )


async def test_the_first_owner_is_made_once_by_the_newest_link(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    assert invite_owner(engine, "an earlier code", NOW)
    assert invite_owner(engine, CODE, NOW)
    form = {"name": "Anna", "password": PASSWORD}
    assert (
        await console.post("/console/welcome", data={**form, "code": "an earlier code"})
    ).status_code == 422
    made = await console.post("/console/welcome", data={**form, "code": CODE})
    assert (made.status_code, made.headers["location"]) == (303, "/console")
    assert (await console.get("/console/accounts")).status_code == 200
    assert (
        await console.post("/console/welcome", data={**form, "name": "Eve", "code": CODE})
    ).status_code == 422
    assert not invite_owner(engine, "another", NOW)
    with reading(engine) as session:
        assert [(one.name, one.role) for one in session.exec(select(Account))] == [("Anna", "owner")]
        assert session.get_one(Account, "Anna").password_hash.startswith("$argon2id$")


async def test_with_accounts_every_page_asks_who_it_is_and_leads_back(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    account(engine, "Anna")
    sent = await console.get("/console/fleet?state=silent")
    assert sent.headers["location"] == "/console/sign-in?back=%2Fconsole%2Ffleet%3Fstate%3Dsilent"
    assert (await console.get(f"/console/stores/{STORE}/live")).status_code == 401
    assert (await console.get("/console/sign-in")).status_code == 200
    entered = await enter(console, "Anna")
    assert (entered.status_code, entered.headers["location"]) == (303, "/console/fleet")
    assert "httponly" in entered.headers["set-cookie"].lower()
    assert (await console.get("/console/fleet")).status_code == 200
    await console.post("/console/sign-out")
    assert (await console.get("/console/fleet")).status_code == 303


async def test_a_wrong_name_and_a_wrong_password_look_alike_and_keep_what_was_typed(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    account(engine, "Anna")
    for name, password in (("Anna", "wrong wrong wrong"), ("<Nobody>", PASSWORD)):
        answer = await enter(console, name, password)
        page = Page(answer.text)
        assert answer.status_code == 422
        assert "Name and password do not fit together." in page.text()
        assert any(one.get("value") == name for one in page.elements["input"])


async def test_guessing_is_slowed_down_for_that_name_only(console: httpx.AsyncClient, engine: Engine) -> None:
    account(engine, "Anna")
    account(engine, "Bruno", "staff")
    for _ in range(TRIES):
        await enter(console, "Anna", "wrong wrong wrong")
    assert "Too many tries" in (await enter(console, "Anna")).text
    assert (await enter(console, "Bruno")).status_code == 303


def test_a_session_ends_by_time_and_with_its_account_and_no_other_token_is_one(engine: Engine) -> None:
    account(engine, "Anna")
    account(engine, "Bruno", "staff")
    token = sign_in(engine, "Bruno", PASSWORD, NOW, new_token)
    bruno = who(engine, token, NOW)
    assert bruno is not None
    assert (bruno.name, bruno.role, bruno.stores) == ("Bruno", "staff", None)
    with reading(engine) as session:
        keys = [one.key for one in session.exec(select(ConsoleSession))]
    assert all(who(engine, one, NOW) is None for one in (None, "", "x", *keys))
    assert who(engine, token, NOW + SESSION_MS - 1) is not None
    assert who(engine, token, NOW + SESSION_MS) is None
    with writing(engine) as session:
        remove_account(session, "Bruno", "Anna", NOW)
    assert who(engine, token, NOW) is None


def test_a_new_password_needs_the_old_one_and_ends_the_sessions_elsewhere(engine: Engine) -> None:
    account(engine, "Anna")
    here, elsewhere = (sign_in(engine, "Anna", PASSWORD, NOW, new_token) for _ in range(2))
    with pytest.raises(AccountFault, match="old: This is not your password"):
        change_own_password(engine, "Anna", "not my password", "five words are enough", here, NOW)
    with pytest.raises(AccountFault, match="At least 10"):
        change_own_password(engine, "Anna", PASSWORD, "short", here, NOW)
    assert who(engine, elsewhere, NOW) is not None
    change_own_password(engine, "Anna", PASSWORD, "five words are enough", here, NOW)
    assert who(engine, here, NOW) is not None
    assert who(engine, elsewhere, NOW) is None
    with pytest.raises(AccountFault, match="do not fit"):
        sign_in(engine, "Anna", PASSWORD, NOW, new_token)


async def test_everyone_sees_where_they_are_signed_in_and_ends_it(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    account(engine, "Anna")
    account(engine, "Bruno", "staff")
    phone = sign_in(engine, "Bruno", PASSWORD, NOW, new_token, IPHONE)
    till = sign_in(engine, "Bruno", PASSWORD, NOW, new_token, "a till")
    other = sign_in(engine, "Anna", PASSWORD, NOW, new_token)
    await enter(console, "Bruno")
    page = Page((await console.get("/console/account")).text)
    assert "Safari 604, iPhone" in page.text("tbody")
    assert "this one" in page.text("tbody")
    (phone_id,) = [one["value"] for one in page.elements["button"] if "iPhone" in one.get("aria-label", "")]
    await console.post("/console/account/sessions", data={"end": phone_id})
    assert who(engine, phone, NOW) is None
    assert who(engine, till, NOW) is not None
    await console.post("/console/account/sessions", data={"end": "others"})
    assert who(engine, till, NOW) is None
    assert who(engine, other, NOW) is not None
    assert (await console.get("/console/account")).status_code == 200


async def test_a_wrong_old_password_is_said_beside_its_field(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    account(engine, "Anna")
    await enter(console, "Anna")
    wrong = {"old": "not my password", "password": "five words are enough"}
    answer = await console.post("/console/account/password", data=wrong)
    assert answer.status_code == 422
    assert "This is not your password." in Page(answer.text).text()
    changed = await console.post("/console/account/password", data={**wrong, "old": PASSWORD})
    assert changed.headers["location"] == "/console/account?changed=1"


@pytest.mark.parametrize("role", ["manager", "operator", "staff"])
async def test_only_an_owner_sees_and_changes_accounts(
    console: httpx.AsyncClient, engine: Engine, role: str
) -> None:
    account(engine, "Anna")
    account(engine, "Bruno", role)
    await enter(console, "Bruno")
    assert (await console.get("/console/accounts")).status_code == 403
    refused = await console.post(
        "/console/accounts", data={"name": "Eve", "password": PASSWORD, "role": "owner"}
    )
    assert refused.status_code == 403
    assert "This page is for someone else" in refused.text


async def test_the_owner_adds_and_removes_and_the_last_owner_stays(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    account(engine, "Anna")
    await enter(console, "Anna")
    added = {"name": "Bruno", "password": PASSWORD, "role": "manager"}
    assert (await console.post("/console/accounts", data=added)).status_code == 303
    twice = await console.post("/console/accounts", data=added)
    assert "There is an account of this name already." in twice.text
    short = await console.post("/console/accounts", data={**added, "name": "Carla", "password": "short"})
    assert "aria-invalid" in short.text
    assert (
        await console.post("/console/accounts", data={"name": "Bruno", "do": "remove"})
    ).status_code == 303
    assert (
        "The last owner stays."
        in (await console.post("/console/accounts", data={"name": "Anna", "do": "remove"})).text
    )
    with reading(engine) as session:
        kept = [(one.actor, one.action) for one in session.exec(select(Audit))]
    assert ("Anna", "account.remove") in kept


async def test_without_accounts_only_this_machine_is_answered(console: httpx.AsyncClient) -> None:
    assert (await console.get("/console/fleet")).status_code == 200
    rebound = await console.get("/console/fleet", headers={"host": "evil.example"})
    assert rebound.status_code == 403


async def test_forms_of_other_sites_are_refused(console: httpx.AsyncClient) -> None:
    for origin in ("https://evil.example", "null", "http://127.0.0.1:99"):
        answer = await console.post("/console/preferences", data={"lang": "it"}, headers={"origin": origin})
        assert answer.status_code == 403
    own = await console.post(
        "/console/preferences", data={"lang": "it"}, headers={"origin": "http://127.0.0.1"}
    )
    assert own.status_code == 303


def test_the_first_account_is_an_owners(engine: Engine) -> None:
    with pytest.raises(AccountFault, match="The first account"):
        account(engine, "Bruno", "staff")
