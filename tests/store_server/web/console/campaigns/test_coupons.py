"""The page of one-time codes: a pattern, a pool, what is left, the till's list; nothing typed is lost."""

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from store_server.db.session import reading, writing
from store_server.db.tables import Coupon, CouponSource
from tests.store_server.web.console.reading import Page
from tests.store_server.web.console.sample import CAMPAIGNS, NOW

CODES = "/console/campaigns/shoes-help/codes"


async def give(console: httpx.AsyncClient, *codes: str) -> httpx.Response:
    return await console.post(CODES, data={"do": "codes", "codes": "\r\n".join(codes)})


def pool(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(Coupon.code).order_by(col(Coupon.place))))


async def test_a_pool_is_filled_and_filled_up_in_order(console: httpx.AsyncClient, engine: Engine) -> None:
    assert "No message of this campaign shows a code" in (await console.get(CODES)).text
    assert (await give(console, "B-2", " A-1 ", "")).status_code == 303
    assert (await give(console, "C-3")).status_code == 303
    assert pool(engine) == ["B-2", "A-1", "C-3"]
    assert "They come from the pool" in Page((await console.get(CODES)).text).text("p")


async def test_a_pattern_replaces_the_pool_and_keeps_its_secret(
    console: httpx.AsyncClient, engine: Engine
) -> None:
    await give(console, "A-1")
    with reading(engine) as session:
        secret = session.get_one(CouponSource, "shoes-help").secret
    await console.post(CODES, data={"do": "pattern", "pattern": " shoes-####-#### "})
    with reading(engine) as session:
        source = session.get_one(CouponSource, "shoes-help")
    assert (source.pattern, source.secret) == ("SHOES-####-####", secret)
    assert bytes.fromhex(source.secret)


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ("A-1\nB_2", "Line 2: a code of letters, digits and hyphens expected, at most 40; got B_2"),
        ("A-1\n\nA-1", "Line 3: each code once; A-1 is there twice"),
        ("NEW\nOLD", "Line 2: a new code expected; OLD is in the pool already"),
        (" \n ", "At least one code expected"),
        ("\n".join(map(str, range(20_001))), "At most 20000 codes in one go"),
    ],
)
async def test_a_pool_with_a_fault_is_not_taken_and_what_was_typed_stays(
    console: httpx.AsyncClient, engine: Engine, typed: str, fault: str
) -> None:
    await give(console, "OLD")
    refused = await give(console, *typed.split("\n"))
    page = Page(refused.text)
    assert refused.status_code == 422
    assert fault in page.text("p")
    assert page.text("textarea") == " ".join(typed.split())
    assert pool(engine) == ["OLD"]


@pytest.mark.parametrize("pattern", ["", "SHOES", "A-######", "SHÖES-#######", "#" * 41])
async def test_a_pattern_that_is_none_is_told_beside_its_field(
    console: httpx.AsyncClient, pattern: str
) -> None:
    refused = await console.post(CODES, data={"do": "pattern", "pattern": pattern})
    assert refused.status_code == 422
    field = next(one for one in Page(refused.text).elements["input"] if one.get("name") == "pattern")
    assert (field["value"], field["aria-invalid"]) == (pattern, "true")


async def test_the_till_s_list_names_codes_and_no_shopper(console: httpx.AsyncClient, engine: Engine) -> None:
    await give(console, "A-1", "B-2")
    with writing(engine) as session:
        given = session.get_one(Coupon, ("shoes-help", "A-1"))
        given.shopper, given.issued_at = "ann", NOW
    listed = await console.get(f"{CODES}/issued.csv")
    assert listed.text == "code,issued_at\r\nA-1,2026-11-21T14:32:20Z\r\n"
    assert Page((await console.get(CODES)).text).text("b") == "11"


async def test_codes_of_no_campaign_are_nowhere(console: httpx.AsyncClient) -> None:
    assert (await console.get("/console/campaigns/none/codes")).status_code == 404
    assert (await console.post("/console/campaigns/none/codes", data={"do": "codes"})).status_code == 404


async def test_a_campaign_leads_to_its_codes_where_its_words_wait_for_one(console: httpx.AsyncClient) -> None:
    campaign = "/console/campaigns/shoes-help"
    assert "One-time codes" not in (await console.get(campaign)).text
    offer = CAMPAIGNS["shoes-help"].replace("Anna at the shoe desk", "{coupon|Anna} at the shoe desk")
    await console.post("/console/campaigns/import", data={"text": offer, "do": "apply"})
    assert f'href="{CODES}"' in (await console.get(campaign)).text
    assert "No codes yet" in (await console.get(CODES)).text
