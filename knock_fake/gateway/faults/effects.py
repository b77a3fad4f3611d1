"""What a fault does to a call: an error for an answer, a wait, no answer, or one that is spoilt."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from knock_fake.durations import show_duration
from knock_fake.errors import ApiError, UsageError, UsageTypeError, framework_error, invalid_field, nearest
from knock_fake.gateway.disruption import FAILURES, Disruption, Failure
from knock_fake.json_types import is_whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from knock_fake.gateway.call import Reply
    from knock_fake.json_types import JsonObject

CODES: Mapping[str, tuple[int, str, str]] = {
    "access_denied": (403, "api_error", "You do not have access to this resource."),
    "actor_missing": (400, "invalid_request_error", "The actor could not be found."),
    "api_key_expired": (401, "authentication_error", "The API key has expired."),
    "api_key_missing": (401, "authentication_error", "A valid API key is required to make this request."),
    "authentication_required": (401, "authentication_error", "This endpoint needs authentication."),
    "authorization": (403, "authentication_error", "The provider refused the request."),
    "channel_invalid": (404, "invalid_request_error", "The channel is not configured in this environment."),
    "incorrect_token_type": (403, "authentication_error", "This endpoint cannot be called with this kind of key."),
    "invalid_params": (422, "invalid_request_error", "One or more parameters were rejected."),
    "invalid_user_token": (401, "authentication_error", "The user token is not valid."),
    "missing_jwt_signing_key": (401, "authentication_error", "This environment has no signing key."),
    "missing_user_token": (401, "authentication_error", "A signed user token is required to make this request."),
    "rate_limit_exceeded": (429, "api_error", "Too many requests."),
    "resource_missing": (404, "api_error", "The resource you requested could not be found."),
    "workflow_inactive": (400, "invalid_request_error", "The workflow is not active."),
    "workflow_missing": (404, "invalid_request_error", "The workflow could not be found."),
}
"""Knock's documented error codes: the status that each comes with, its type, and a message (messages are ours)."""

_USUAL_CODES = {
    400: "invalid_params",
    401: "api_key_missing",
    403: "access_denied",
    404: "resource_missing",
    422: "invalid_params",
    429: "rate_limit_exceeded",
}

Garbling: TypeAlias = Literal["truncated", "malformed", "html", "content_type", "empty"]
"""How an answer is spoilt: JSON cut off in the middle, JSON with a stray comma, a page of HTML instead, JSON that calls
itself plain text, nothing at all."""

GARBLINGS: tuple[Garbling, ...] = get_args(Garbling)


@dataclass(frozen=True, slots=True, repr=False)
class _Brief:
    """Represents a dataclass by what is not usual about it, as hypothesis and reports print faults."""

    def __repr__(self) -> str:
        return represent(self, {one.name: one.default for one in fields(self)})


def represent(value: object, usual: Mapping[str, object]) -> str:
    """Return the call that makes a value, without the arguments that are as usual."""
    given = ((name, getattr(value, name)) for name in usual)
    told = ", ".join(f"{name}={one!r}" for name, one in given if one != usual[name])
    return f"{type(value).__name__}({told})"


_UNPROCESSED = ("connection_refused", "connect_timeout")
_LONGEST = timedelta(days=365)


@dataclass(frozen=True, slots=True, repr=False)
class ErrorAnswer(_Brief):
    """The call is refused with an error of Knock's and does nothing.

    Attributes:
        status: 400 to 599. Without it the status that ``code`` comes with, 500 without either.
        code: one of Knock's documented codes. Without it the usual one of the status; statuses that Knock's own code
            never gives, such as 502, have the body of its web framework.
        message: the text in the body of a code.
        retry_after: how long clients are asked to wait: whole seconds as ``retry-after``, others as ``retry-after-ms``.
        should_retry: the header ``x-should-retry``, by which SDKs decide, if it is given.
    """

    status: int | None = None
    code: str | None = None
    message: str | None = None
    retry_after: timedelta | None = None
    should_retry: bool | None = None

    def __post_init__(self) -> None:
        if self.code is not None and self.code not in CODES:
            raise UsageError(f"code: Knock documents no error code {self.code!r}; {nearest(str(self.code), [*CODES])}")
        if self.status is not None:
            _check_status(self.status)
        if self.message is not None and self._code is None:
            raise UsageError(
                f"message: the body of a {self._status} has none; give a code too, such as 'access_denied'"
            )
        if self.retry_after is not None:
            _check_length(self.retry_after, "retry_after")

    @property
    def _status(self) -> int:
        if self.status is not None:
            return self.status
        return 500 if self.code is None else CODES[self.code][0]

    @property
    def _code(self) -> str | None:
        return self.code or _USUAL_CODES.get(self._status)

    def refusal(self, hint: str) -> ApiError:
        """Return the error."""
        error = self._error(hint)
        error.hint = hint
        error.headers = {**error.headers, **self._headers()}
        return error

    def _error(self, hint: str) -> ApiError:
        status, code = self._status, self._code
        if code is None:
            return framework_error(status, _phrase(status), hint)
        if code == "invalid_params" and status == 422 and self.message is None:
            return invalid_field("body", "is refused by a scripted fault", "fault")
        _, type_, message = CODES[code]
        body: JsonObject = {"code": code, "message": self.message or message, "status": status, "type": type_}
        return ApiError(status, body, hint=hint)

    def _headers(self) -> dict[str, str]:
        headers: dict[str, str] = {}
        if self.retry_after is not None:
            seconds, rest = divmod(self.retry_after, timedelta(seconds=1))
            milliseconds = self.retry_after / timedelta(milliseconds=1)
            headers |= {"retry-after-ms": f"{milliseconds:g}"} if rest else {"retry-after": str(seconds)}
        if self.should_retry is not None:
            headers["x-should-retry"] = str(self.should_retry).lower()
        return headers

    def __str__(self) -> str:
        return f"{self._status}" if self.code is None else f"{self._status} {self.code}"


@dataclass(frozen=True, slots=True, repr=False)
class Latency(_Brief):
    """The call takes its time and is then answered as ever.

    Attributes:
        length: how long it takes. A clock that is moved by hand lives through it before the call is processed.
        real: wait in real time instead, in skins of the same process too.
    """

    length: timedelta
    real: bool = False

    def __post_init__(self) -> None:
        _check_length(self.length, "the length of a delay")

    def __str__(self) -> str:
        return f"a delay of {show_duration(self.length)}"


@dataclass(frozen=True, slots=True, repr=False)
class NetworkFailure(_Brief):
    """The client gets no answer.

    Attributes:
        failure: how it comes to know.
        processed: whether the call has done its work nevertheless.
    """

    failure: Failure
    processed: bool = False

    def __post_init__(self) -> None:
        if self.failure not in FAILURES:
            raise UsageError(f"there is no failure {self.failure!r}; {nearest(str(self.failure), FAILURES)}")
        if self.processed and self.failure in _UNPROCESSED:
            raise UsageError(f"{self.failure}: without a connection nothing can be processed; choose another failure")
        if self.failure == "incomplete_body" and not self.processed:
            raise UsageError("incomplete_body: half an answer is one to a call that was processed: processed=True")

    @property
    def disruption(self) -> Disruption:
        """What the skins act out."""
        return Disruption(self.failure, processed=self.processed)

    def refusal(self, hint: str) -> ApiError:
        """Return what stands in for the failure where it cannot be acted out."""
        status = 504 if self.failure.endswith("timeout") else 502
        return framework_error(status, _phrase(status), hint)

    def __str__(self) -> str:
        return f"{self.failure} after it was processed" if self.processed else self.failure


@dataclass(frozen=True, slots=True, repr=False)
class GarbledAnswer(_Brief):
    """The call is processed, and its answer arrives spoilt. An answer without a body cannot be."""

    how: Garbling = "truncated"

    def __post_init__(self) -> None:
        if self.how not in GARBLINGS:
            raise UsageError(f"an answer cannot be garbled by {self.how!r}; {nearest(str(self.how), GARBLINGS)}")

    def spoil(self, reply: Reply) -> None:
        """Change the answer."""
        if self.how == "html":
            reply.headers["content-type"] = "text/html; charset=utf-8"
            reply.body = b"<html><body><h1>Bad Gateway</h1></body></html>"
        elif self.how == "content_type":
            reply.headers["content-type"] = "text/plain; charset=utf-8"
        elif self.how == "truncated":
            reply.body = reply.body[: len(reply.body) // 2]
        else:
            reply.body = b"" if self.how == "empty" else reply.body + b","

    def __str__(self) -> str:
        return f"a garbled answer ({self.how})"


Effect: TypeAlias = ErrorAnswer | Latency | NetworkFailure | GarbledAnswer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


def _check_status(status: object) -> None:
    if not is_whole(status):
        raise UsageTypeError(f"status must be a number such as 503, not {status!r}")
    if not 400 <= status <= 599:
        raise UsageError(f"status must be that of an error, 400 to 599, not {status}")


def _check_length(length: timedelta, what: str) -> None:
    if not isinstance(length, timedelta):
        raise UsageTypeError(f"{what} must be a timedelta, not {length!r}")
    if not timedelta() < length <= _LONGEST:
        raise UsageError(f"{what} must be more than nothing and no more than a year, not {length}")
