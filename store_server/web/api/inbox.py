"""GET /v1/inbox: the messages that reached the shopper or wait quietly (SPEC 8)."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from protocol.instants import format_instant
from store_server.db.session import reading
from store_server.delivery.inbox import InboxItem, etag, read_inbox
from store_server.web.api.deps import Side, Who

router = APIRouter(tags=["app"])


class InboxMessage(BaseModel):
    """One message; `state` is accepted (new), displayed, opened or dismissed."""

    id: str
    at: str
    store: str
    title: str | None
    body: str
    link: str | None
    state: str


class Inbox(BaseModel):
    """The newest 50, newest first."""

    messages: list[InboxMessage]


@router.get("/v1/inbox", response_model=Inbox)
def inbox(side: Side, who: Who, request: Request, response: Response) -> Inbox | Response:
    """Read the inbox. Ask with If-None-Match: an unchanged one costs nothing."""
    with reading(side.engine) as session:
        items = read_inbox(session, who.shopper)
    headers = {"ETag": etag(items), "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return Inbox(messages=[_message(item) for item in items])


def _message(item: InboxItem) -> InboxMessage:
    return InboxMessage(
        id=item.id,
        at=format_instant(item.at),
        store=item.store,
        title=item.title,
        body=item.body,
        link=item.link,
        state=item.state,
    )
