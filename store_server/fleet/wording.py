"""What is wrong, said to people: one text for pages and messages, in the language and the time they are handed. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from protocol.instants import Instant
from store_server.fleet.causes import BEACON, GATEWAY, NO_BEACON, NO_GATEWAY, NO_ZONE, OVER, SPENT, Cause
from store_server.fleet.chain import GONE, PHONES
from store_server.fleet.condition import (
    CLOCK_OFF,
    MOVED,
    NEVER,
    OFFLINE,
    RADIO_DEAD,
    SILENT,
    SPOOL_FULL,
    UNHEARD,
    WEAK,
)
from store_server.parts import BROKER, DISK, FAILING, LOST, LOW, PUSH, REFUSED, UNREACHABLE


class Speaker(Protocol):
    """One language: a text by its English, filled in (store_server.web.design.language)."""

    def say(self, message: str, **values: object) -> str: ...

    def count(self, singular: str, plural: str, n: int, **values: object) -> str: ...


def marked(text: str) -> str:
    """Return the text as it is; the catalogue's test finds what must be translated by this name."""
    return text


_STATES = {
    SILENT: marked("%(what)s silent"),
    OFFLINE: marked("%(what)s offline"),
    RADIO_DEAD: marked("%(what)s: radio dead"),
    CLOCK_OFF: marked("%(what)s: clock wrong"),
    SPOOL_FULL: marked("%(what)s: spool full, old messages are lost"),
    UNHEARD: marked("%(what)s cannot be heard, the server has no broker"),
    WEAK: marked("%(what)s weak"),
    MOVED: marked("%(what)s moved"),
    NEVER: marked("%(what)s has never been heard"),
    REFUSED: marked("%(what)s refuses us"),
    FAILING: marked("%(what)s takes no messages"),
    UNREACHABLE: marked("%(what)s cannot be reached"),
    GONE: marked("no phone can be reached by push any more"),
    LOST: marked("the server has lost its broker"),
    LOW: marked("the server's disk is nearly full"),
    "too_far_ahead": marked("phones are not listened to, their clocks are ahead of the server's"),
    "too_old": marked("phones are not listened to, their clocks are behind the server's"),
    "unknown_beacon": marked("phones hear only beacons that no plan knows"),
    "credential": marked("phones are turned away, their credentials are not known"),
    "signature": marked("phones are turned away, their signatures do not fit"),
    "format": marked("phones are turned away, their app speaks another version"),
}
_PLACES = {
    NO_ZONE: marked("there is no zone %(zone)s in this store"),
    NO_BEACON: marked("zone %(zone)s has no beacon"),
    NO_GATEWAY: marked("zone %(zone)s has no gateway"),
    OVER: marked("its last day has passed"),
    SPENT: marked("its budget is used up"),
}
_THINGS = {
    GATEWAY: marked("gateway %(id)s"),
    BEACON: marked("beacon %(id)s"),
    PUSH: marked("push service %(id)s"),
}
_BACK = {
    PHONES: marked("phones are listened to again"),
    BROKER: marked("the server has its broker again"),
    DISK: marked("the server's disk has room again"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """Puts causes in words; `zone` names a zone of the store, `when` says an instant in its time."""

    speaker: Speaker
    zone: Callable[[str], str]
    when: Callable[[Instant], str]

    def thing(self, kind: str, name: str | None) -> str:
        """Return "gateway gw-shoes"; nothing for what needs no name."""
        return self.speaker.say(_THINGS[kind], id=name) if kind in _THINGS else ""

    def cause(self, cause: Cause) -> str:
        """Return one cause, such as "gateway gw-shoes silent since 14:02"."""
        say, condition = self.speaker.say, cause.condition
        if condition is None:
            return say(_PLACES[cause.kind], zone=self.zone(cause.name or ""))
        words = say(_STATES[condition.state], what=self.thing(cause.kind, cause.name))
        if condition.since is not None and condition.state != NEVER:
            words = say("%(words)s since %(when)s", words=words, when=self.when(condition.since))
        detail = self._detail(condition.state, cause.detail)
        return f"{words}: {detail}" if detail else words

    def back(self, kind: str, name: str) -> str:
        """Return "gateway gw-shoes is back"."""
        if kind in _BACK:
            return self.speaker.say(_BACK[kind])
        if kind == PUSH and not name:
            return self.speaker.say("phones can be reached by push again")
        return self.speaker.say("%(what)s is back", what=self.thing(kind, name))

    def _detail(self, state: str, detail: str) -> str:
        if not detail:
            return ""
        if state == WEAK:
            return self.speaker.say("%(db)s dB less than it used to be", db=detail)
        if state == MOVED:
            return self.speaker.say("heard best in %(zone)s", zone=self.zone(detail))
        if state == LOW:
            return self.speaker.say("%(size)s left", size=detail)
        return detail
