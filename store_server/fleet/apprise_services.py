"""Notices through apprise to the usual services: mail, chat, telephone, webhooks (github.com/caronc/apprise, wiki)."""

import asyncio
from collections.abc import Sequence

from apprise import Apprise, NotifyType

from protocol.errors import BadInput, Problem
from store_server.fleet.notices import Notice


class AppriseServices:
    """Every service named by a URL, each on its own: one that is down does not make the others repeat themselves."""

    def __init__(self, urls: Sequence[str]) -> None:
        """Take the services' URLs. Raises BadInput, which does not repeat them: they carry passwords."""
        self._services = [_service(place, url) for place, url in enumerate(urls, 1)]

    async def __call__(self, notice: Notice) -> bool:
        """Send to all at once; True as soon as anybody has it."""
        async with asyncio.TaskGroup() as group:
            sends = [group.create_task(_send(one, notice)) for one in self._services]
        return any(send.result() for send in sends)


def _service(place: int, url: str) -> Apprise:
    service = Apprise()
    if not service.add(url):
        raise BadInput(Problem("AISLECUE_ALERT_URLS", None, "URLs that apprise knows", f"URL {place}"))
    return service


async def _send(service: Apprise, notice: Notice) -> bool:
    kind = NotifyType.FAILURE if notice.bad else NotifyType.SUCCESS
    return bool(await service.async_notify(title=notice.title, body=notice.body, notify_type=kind))
