"""Texts that do not fit what carries them: a lock screen, one SMS, the payload of a push or webhook."""

import json
from collections.abc import Iterator

from campaigns.document import Campaign
from campaigns.lint.chain import Chain
from campaigns.lint.finding import Finding, error, warning
from campaigns.lint.gsm7 import ONE_GSM7, ONE_UCS2, sms_size
from campaigns.lint.words import Written, written

LOCK_SCREEN_TITLE = 50
LOCK_SCREEN_BODY = 150
"""Characters that a locked phone shows before it cuts."""
MAX_PAYLOAD = 4_096
"""Bytes that push services (APNs, FCM, Web Push) take, and the webhooks we promise."""
ENVELOPE = 256
"""Bytes left for ids, the deadline and the encryption around the words."""


def texts(chain: Chain) -> Iterator[Finding]:
    for campaign in chain.judged:
        for one in written(campaign):
            yield from _lock_screen(campaign, one)
            yield from _sms(campaign, one)
            yield from _payload(campaign, one)


def _lock_screen(campaign: Campaign, one: Written) -> Iterator[Finding]:
    if "push" not in campaign.channels:
        return
    sizes = (
        ("title", one.title("push"), LOCK_SCREEN_TITLE),
        ("body", one.body("push"), LOCK_SCREEN_BODY),
    )
    for key, text, most in sizes:
        if len(text) > most:
            expected = f"a {key} of at most {most} characters for a lock screen"
            yield warning("lock-screen", (campaign, (*one.path, key)), expected, f"{len(text)}")


def _sms(campaign: Campaign, one: Written) -> Iterator[Finding]:
    if "sms" not in campaign.channels:
        return
    size = sms_size(one.whole("sms"))
    if size.parts == 1:
        return
    why = f", as {size.foreign!r} takes the alphabet of {ONE_UCS2}" if size.foreign else ""
    expected = f"one SMS ({ONE_UCS2 if size.foreign else ONE_GSM7} characters{why})"
    where = (campaign, one.field("sms"))
    yield warning("sms-parts", where, expected, f"{size.parts} parts ({size.places} characters)")


def _payload(campaign: Campaign, one: Written) -> Iterator[Finding]:
    for channel in ("push", "webhook"):
        if channel not in campaign.channels:
            continue
        shown = {"title": one.title(channel), "body": one.body(channel), "link": one.text.link or ""}
        size = len(json.dumps(shown, ensure_ascii=False).encode()) + ENVELOPE
        if size > MAX_PAYLOAD:
            expected = f"words for {channel} that fit {MAX_PAYLOAD} bytes"
            yield error("payload", (campaign, one.field(channel)), expected, f"about {size}")
            return
