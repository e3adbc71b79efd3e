"""Every text of a campaign with its place in the document, as a shopper without attributes would read it."""

from collections.abc import Iterator
from typing import NamedTuple

from campaigns.document import Campaign
from campaigns.message import Message, Text, words
from protocol.document import Path


class Written(NamedTuple):
    """One locale's text of the campaign or of a variant."""

    path: Path
    locale: str
    text: Text

    def field(self, channel: str) -> Path:
        """Return the path of what is the body on this channel."""
        return (*self.path, channel if channel in self.text.own else "body")

    def body(self, channel: str) -> str:
        return words(self.text, channel, {}).body

    def whole(self, channel: str) -> str:
        """Return all words that a channel without a title of its own carries."""
        return "\n".join(part for part in (self.title(channel), self.body(channel)) if part)

    def title(self, channel: str) -> str:
        return words(self.text, channel, {}).title or ""


def messages(campaign: Campaign) -> Iterator[tuple[Path, Message]]:
    """Yield the messages that somebody may read: all variants', and the campaign's own where one has none."""
    if not campaign.variants or any(variant.message is None for variant in campaign.variants):
        yield ("message",), campaign.message
    for k, variant in enumerate(campaign.variants):
        if variant.message is not None:
            yield ("variants", k, "message"), variant.message


def written(campaign: Campaign) -> Iterator[Written]:
    for path, message in messages(campaign):
        for locale, text in message.texts.items():
            yield Written((*path, locale), locale, text)
