"""Errors on the wire: problem+json (RFC 9457), with the path of every field that was wrong."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

MEDIA_TYPE = "application/problem+json"


class Refused(Exception):
    """A request that cannot be served, in words for whoever wrote the app."""

    def __init__(
        self, status: int, detail: str, *, field: str | None = None, retry_after_s: int | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.field, self.retry_after_s = status, detail, field, retry_after_s


def add_problem_handlers(app: FastAPI) -> None:
    """Answer every error of `app` as problem+json."""

    @app.exception_handler(Refused)
    async def refused(_request: Request, fault: Refused) -> JSONResponse:
        errors = [{"path": fault.field, "detail": fault.detail}] if fault.field else []
        headers = {} if fault.retry_after_s is None else {"Retry-After": str(fault.retry_after_s)}
        if fault.status == HTTPStatus.UNAUTHORIZED:
            headers["WWW-Authenticate"] = "Bearer"
        return problem(fault.status, fault.detail, errors, headers)

    @app.exception_handler(RequestValidationError)
    async def malformed(_request: Request, fault: RequestValidationError) -> JSONResponse:
        errors = [{"path": path(one["loc"]), "detail": one["msg"]} for one in fault.errors()]
        return problem(HTTPStatus.UNPROCESSABLE_ENTITY, "Some fields are not as expected.", errors)

    @app.exception_handler(ClientDisconnect)
    async def gone(_request: Request, _fault: ClientDisconnect) -> Response:
        # A phone that walks out of reach in mid-upload is no fault of ours; nobody is left to read this.
        return Response(status_code=HTTPStatus.BAD_REQUEST)

    @app.exception_handler(HTTPException)
    async def other(_request: Request, fault: HTTPException) -> JSONResponse:
        return problem(fault.status_code, str(fault.detail), headers=dict(fault.headers or {}))


def problem(
    status: int,
    detail: str,
    errors: Sequence[dict[str, str]] = (),
    headers: dict[str, str] | None = None,
) -> JSONResponse:
    """Return one error; `errors` name fields by their path in the body, such as `sightings[3].at`."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = list(errors)
    return JSONResponse(body, status, headers, MEDIA_TYPE)


def path(steps: Sequence[str | int]) -> str:
    """Write a place in a request as `sightings[3].at`; where it lies in the body, without saying so."""
    text = ""
    for step in steps[1:] if steps and steps[0] == "body" else steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
