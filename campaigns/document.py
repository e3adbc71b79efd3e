"""The campaign document (SPEC 3): read with every problem at once, by file and line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from campaigns.conditions import Condition, read_condition
from campaigns.message import Message, read_message
from campaigns.schedule import ALWAYS, Schedule, read_schedule
from protocol.document import Document, read_document
from protocol.errors import BadInput, Problem
from protocol.instants import DAY, SECOND, Instant
from protocol.reading import SLUG, Reader, hint, settle, shown
from protocol.sighting import BANDS, FAR

STATUSES = ("draft", "live", "paused", "ended")
ARRIVE, ENTER, DWELL, EXIT, LEAVE = TRIGGERS = ("arrive", "enter", "dwell", "exit", "leave")
INTERRUPTING = frozenset(("push", "sms", "webhook"))
CHANNELS = ("push", "sms", "webhook", "inbox", "email", "staff")
ALWAYS_USABLE = frozenset(("inbox", "staff"))
TRUSTS = ("app", "corroborated")
GOALS = ("purchase", "visit", "opened")
MAX_DAYS = 36_500
MAX_COUNT = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Trigger:
    """What sets a campaign off; `within` is a band, dwell counts from the band's instant."""

    on: str
    zone: str | None = None
    after_ms: Instant = 0
    within: int = FAR


@dataclass(frozen=True, slots=True)
class Limits:
    """The campaign's own frequency caps, cooldown and budget; None means no such limit."""

    per_visit: int = 1
    per_shopper: int | None = None
    per_shopper_ms: Instant | None = None
    cooldown_ms: Instant | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Variant:
    """A share of the shoppers and what they read; without a message, the campaign's own."""

    id: str
    weight: int
    message: Message | None


@dataclass(frozen=True, slots=True)
class Goal:
    """What the campaign is for, measured after a message."""

    kind: str
    tag: str | None
    within_ms: Instant


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign as a manager wrote it; built only by `read_campaign`."""

    id: str
    name: str
    status: str
    stores: frozenset[str] | None
    """Store ids; None is every store."""
    trigger: Trigger
    message: Message
    trust: str = "app"
    schedule: Schedule = ALWAYS
    audience: Condition | None = None
    limits: Limits = Limits()
    priority: int = 50
    holdout_pct: float = 0
    deadline_ms: Instant = 120 * SECOND
    cancel_on_exit: bool = False
    """Already false where the trigger has no stay to end."""
    blocked: str = "inbox"
    channels: tuple[str, ...] = ("push",)
    variants: tuple[Variant, ...] = ()
    goal: Goal | None = None
    document: Document | None = field(default=None, compare=False, repr=False)

    def runs_in(self, store: str) -> bool:
        return self.stores is None or store in self.stores

    def runs_within(self, stores: Collection[str]) -> bool:
        """Return whether it runs in no store but these."""
        return self.stores is not None and all(store in stores for store in self.stores)


def read_campaign(text: str, source: str) -> Campaign:
    """Read a campaign document. Raises BadInput with every problem: file, line, expected, got."""
    return campaign_from_document(read_document(text, source))


def campaign_from_document(document: Document) -> Campaign:
    """Build a campaign from a read document. Raises BadInput."""
    problems = list(document.faults)
    root = Reader(document, (), problems, what="the campaign")
    root.version(1)
    campaign = _campaign(root, document)
    root.done()
    settle(problems)
    return campaign


def _campaign(root: Reader, document: Document) -> Campaign:
    trigger = _trigger(root.child("trigger"), root)
    has_stay = trigger.on in (ENTER, DWELL)
    if not has_stay and root.has("cancel_on_exit"):
        root.fault("cancel_on_exit", "cancel_on_exit with enter or dwell only", f"it with {trigger.on}")
    return Campaign(
        id=root.slug("id"),
        name=root.text("name", limit=200),
        status=root.choice("status", STATUSES),
        stores=_stores(root),
        trigger=trigger,
        trust=root.choice("trust", TRUSTS, "app"),
        schedule=read_schedule(root.child("schedule")),
        audience=read_condition(root, "audience") if root.has("audience") else None,
        limits=_limits(root.child("limits")),
        priority=root.integer("priority", 0, 100, 50),
        holdout_pct=root.number("holdout_pct", 0, 100, 0),
        deadline_ms=root.milliseconds("deadline_s", 0.001, 86_400, 120),
        cancel_on_exit=root.boolean("cancel_on_exit", True) and has_stay,
        blocked=root.choice("blocked", ("inbox", "drop"), "inbox"),
        channels=_channels(root),
        message=read_message(root),
        variants=_variants(root),
        goal=_goal(root.child("goal")),
        document=document,
    )


def _stores(root: Reader) -> frozenset[str] | None:
    if root.raw("stores", None) == "*":
        return None
    ids = []
    for k, store in enumerate(root.items("stores", default=False, empty=False)):
        if isinstance(store, str) and SLUG.fullmatch(store):
            ids.append(store)
        else:
            root.fault(("stores", k), 'store ids, or "*"', shown(store))
    return frozenset(ids)


def _trigger(r: Reader | None, root: Reader) -> Trigger:
    if r is None:
        root.missing("trigger", ", such as {on: enter, zone: shoes}")
        return Trigger(ENTER)
    on = r.choice("on", TRIGGERS)
    if r.raw("on", None) != on:
        r.keys()  # which keys fit depends on the trigger, so the others are not judged
        return Trigger(ENTER)
    in_zone, banded, dwells = on in (ENTER, DWELL, EXIT), on in (ENTER, DWELL), on == DWELL
    for key, fits in (("zone", in_zone), ("within", banded), ("after_s", dwells)):
        if not fits and r.has(key):
            r.fault(key, f"no {key} with {on}", shown(r.raw(key)))
    trigger = Trigger(
        on=on,
        zone=r.slug("zone") if in_zone else None,
        after_ms=r.milliseconds("after_s", 1, 86_400) if dwells else 0,
        within=BANDS[r.choice("within", ("immediate", "near", "far"), "far")] if banded else FAR,
    )
    r.done()
    return trigger


def _limits(r: Reader | None) -> Limits:
    if r is None:
        return Limits()
    per_shopper = r.child("per_shopper")
    most, span = None, None
    if per_shopper is not None:
        most = per_shopper.integer("max", 0, MAX_COUNT)
        if per_shopper.has("within_days"):
            span = round(per_shopper.number("within_days", 0, MAX_DAYS) * DAY)
        per_shopper.done()
    limits = Limits(
        per_visit=r.integer("per_visit", 0, MAX_COUNT, 1),
        per_shopper=most,
        per_shopper_ms=span,
        cooldown_ms=r.milliseconds("cooldown_s", 0, MAX_DAYS * 86_400) if r.has("cooldown_s") else None,
        total=r.integer("total", 0, MAX_COUNT) if r.has("total") else None,
    )
    r.done()
    return limits


def _channels(root: Reader) -> tuple[str, ...]:
    if not root.has("channels"):
        return ("push",)
    out: list[str] = []
    for k, channel in enumerate(root.items("channels", empty=False)):
        if channel not in CHANNELS:
            near = hint(str(channel), CHANNELS)
            root.fault(("channels", k), f"channels out of {', '.join(CHANNELS)}", shown(channel) + near)
        elif channel in out:
            root.fault(("channels", k), f"{channel} once", "it twice")
        else:
            out.append(channel)
    return tuple(out)


def _variants(root: Reader) -> tuple[Variant, ...]:
    if not root.has("variants"):
        return ()
    out: list[Variant] = []
    for r in root.children("variants", what="a variant", empty=False):
        message = read_message(r) if r.has("message") else None
        out.append(Variant(r.slug("id"), r.integer("weight", 1, 1000), message))
        if out[-1].id in {variant.id for variant in out[:-1]}:
            r.fault("id", "each variant id once", repr(out[-1].id))
        r.done()
    return tuple(out)


def _goal(r: Reader | None) -> Goal | None:
    if r is None:
        return None
    goal = Goal(
        r.choice("kind", GOALS), r.text("tag", None), r.milliseconds("within_s", 1, MAX_DAYS * 86_400, 7_200)
    )
    r.done()
    return goal


def unique_ids(campaigns: Sequence[Campaign]) -> None:
    """Refuse two campaigns of one id. Raises BadInput."""
    seen: dict[str, Campaign] = {}
    problems = []
    for campaign in campaigns:
        before = seen.setdefault(campaign.id, campaign)
        if before is not campaign:
            problems.append(
                Problem(place(campaign), line(campaign, "id"), "each campaign id once", f"{campaign.id!r}")
            )
    if problems:
        raise BadInput(*problems)


def place(campaign: Campaign) -> str:
    """Return the file a campaign came from, or its id."""
    return campaign.document.source if campaign.document else campaign.id


def line(campaign: Campaign, *path: str | int) -> int | None:
    """Return the line of a part of the campaign's document."""
    return campaign.document.line(path) if campaign.document else None
