"""Every error: those a Python user meets, and those an HTTP client meets.

The two families never mix. A mistake in Python (a bad argument, an impossible workflow) raises a
:class:`KnockFakeError`. A refused request becomes an :class:`ApiError` inside the gateway and leaves it as
a reply with Knock's status and body; it never reaches the user as a Python exception.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knock_fake.json_types import Json, JsonObject


class KnockFakeError(Exception):
    """Base of every error that this package raises at its Python users."""


class UsageError(KnockFakeError, ValueError):
    """An argument has a value that the fake cannot take. The message names the place and the remedy."""


class UsageTypeError(KnockFakeError, TypeError):
    """An argument has a type that the fake cannot take. The message names the place and the remedy."""


class ClockError(UsageError):
    """The clock was asked for something that time cannot do, such as going back."""


class WorkflowDefinitionError(UsageError):
    """A workflow or guide definition cannot be honoured. The message names workflow or guide, step and field."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a Knock directory: in which file, where in it, and what, with the remedy."""

    file: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.message}"


class DirectoryError(UsageError):
    """A Knock directory cannot be loaded, and nothing of it was. ``problems`` holds everything that is wrong."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        listed = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(f"{self.summary}{listed}")

    @property
    def summary(self) -> str:
        """How many problems there are, in one line."""
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        return f"{count}, so that nothing was loaded"


class UnknownNameError(KnockFakeError, LookupError):
    """Something was asked for by a name that this world does not know."""


class MissingDependencyError(KnockFakeError, ImportError):
    """A feature needs a package that is not installed. The message says which, and how to install it."""


class ExpectationError(KnockFakeError, AssertionError):
    """A test expected something of a world that is not so. The message shows what comes nearest, and why."""


class NetworkBlockedError(KnockFakeError, RuntimeError):
    """Code under test called a host other than Knock while the world blocks the network."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of the ``errors`` list of a 422 body.

    ``field`` is a path in the request (``recipients.0.email``), ``type`` a short kind such as ``required``.
    """

    field: str
    message: str
    type: str

    def shown(self) -> JsonObject:
        """Return the entry as it stands in the body."""
        return {"field": self.field, "message": self.message, "type": self.type}


class ApiError(Exception):
    """A request that Knock refuses: status, body and what the fake adds on the side.

    ``body`` is the decoded body. ``hint`` is for the fake's user only: it goes to the journal and to the
    ``x-knock-fake-hint`` header, never into the body.
    """

    def __init__(
        self, status: int, body: Json, *, hint: str | None = None, headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"{status}: {body}")
        self.status = status
        self.body = body
        self.hint = hint
        self.headers = headers or {}


def _refusal(
    status: int,
    code: str,
    message: str,
    type_: str = "invalid_request_error",
    *,
    hint: str | None = None,
    headers: dict[str, str] | None = None,
) -> ApiError:
    body: JsonObject = {"code": code, "message": message, "status": status, "type": type_}
    return ApiError(status, body, hint=hint, headers=headers)


def invalid_params(*errors: FieldError, hint: str | None = None) -> ApiError:
    """Return the 422 that names every offending field."""
    body: JsonObject = {
        "code": "invalid_params",
        "message": "One or more parameters were rejected.",
        "status": 422,
        "type": "invalid_request_error",
        "errors": [error.shown() for error in errors],
    }
    named = "; ".join(f"{error.field} {error.message}" for error in errors)
    return ApiError(422, body, hint=hint or named)


def invalid_field(field: str, message: str, type_: str) -> ApiError:
    """Return the 422 for one field."""
    return invalid_params(FieldError(field, message, type_))


def resource_missing(what: str, identifier: str) -> ApiError:
    """Return the 404 for an entity that does not exist, such as ``("user", "jane")``."""
    message = f"The {what} you requested could not be found."
    return _refusal(404, "resource_missing", message, "api_error", hint=f"there is no {what} {identifier!r}")


def channel_invalid(channel_id: str, hint: str, status: int = 404) -> ApiError:
    """Return the refusal of a channel that is not configured here: 404, for bulk marks 400 (our choice)."""
    message = f"The channel {channel_id} is not configured in this environment."
    return _refusal(status, "channel_invalid", message, hint=hint)


def workflow_missing(key: str, hint: str) -> ApiError:
    """Return the 404 for a workflow that is unknown or not committed."""
    return _refusal(404, "workflow_missing", f"The workflow {key} could not be found.", hint=hint)


def workflow_inactive(key: str) -> ApiError:
    """Return the 400 for a workflow that is switched off."""
    return _refusal(
        400,
        "workflow_inactive",
        f"The workflow {key} is not active.",
        hint=f"workflow {key!r} was added with active=False",
    )


def actor_missing(actor: str) -> ApiError:
    """Return the 400 for a trigger whose bare actor was never identified."""
    return _refusal(
        400,
        "actor_missing",
        f"The actor {actor} could not be found.",
        hint=f"identify {actor!r} first, or identify the actor inline: actor={{'id': {actor!r}, 'name': ...}}",
    )


def api_key_missing(hint: str) -> ApiError:
    """Return the 401 for a request without a key that this world knows."""
    message = "A valid API key is required to make this request."
    return _refusal(401, "api_key_missing", message, "authentication_error", hint=hint)


def incorrect_token_type(operation: str) -> ApiError:
    """Return the 403 for a publishable key on an operation that needs a secret one."""
    return _refusal(
        403,
        "incorrect_token_type",
        "This endpoint cannot be called with a public API key.",
        "authentication_error",
        hint=f"{operation} needs a secret key (sk_...), the request came with a publishable one",
    )


def missing_user_token(operation: str) -> ApiError:
    """Return the 401 for a publishable key without a user token where there has to be one (status: our choice)."""
    return _refusal(
        401,
        "missing_user_token",
        "A signed user token is required to make this request.",
        "authentication_error",
        hint=f"{operation} needs the header X-Knock-User-Token; knock.security.sign_user_token('jane') makes one",
    )


def invalid_user_token(reason: str) -> ApiError:
    """Return the 401 for a user token that is not valid, or speaks for somebody else (status: our choice)."""
    message = "The user token is not valid."
    hint = f"the token in X-Knock-User-Token is refused: {reason}"
    return _refusal(401, "invalid_user_token", message, "authentication_error", hint=hint)


def missing_jwt_signing_key() -> ApiError:
    """Return the 401 for a user token that nothing can verify (status: our choice)."""
    return _refusal(
        401,
        "missing_jwt_signing_key",
        "This environment has no signing key to verify user tokens with.",
        "authentication_error",
        hint="give the world a key: knock.security.enhance() or knock.security.use_signing_key()",
    )


def access_denied(reason: str) -> ApiError:
    """Return the 403 for what a valid user token does not cover (code undocumented by Knock: our choice)."""
    message = "The user token does not grant access to this resource."
    return _refusal(403, "access_denied", message, "api_error", hint=f"the user token {reason}")


def provider_unauthorized(message: str, hint: str) -> ApiError:
    """Return the 403 for a provider that cannot be asked, because the object holds no usable credentials."""
    return _refusal(403, "authorization", message, "authentication_error", hint=hint)


def rate_limit_exceeded(limit: int, headers: dict[str, str], hint: str) -> ApiError:
    """Return the 429 of a bucket that is empty; ``limit`` is in requests per second."""
    message = f"Too many requests: this endpoint accepts {limit} per second."
    return _refusal(429, "rate_limit_exceeded", message, "api_error", hint=hint, headers=headers)


def malformed_json(reason: str) -> ApiError:
    """Return the 400 for a body that is not JSON."""
    return _refusal(400, "invalid_params", f"The request body is not valid JSON: {reason}.")


def unsupported_media_type(content_type: str) -> ApiError:
    """Return the 415 for a body that does not call itself JSON."""
    message = f"The request body must be application/json, not {content_type}."
    return _refusal(415, "invalid_params", message, hint="send the header content-type: application/json")


def framework_error(status: int, phrase: str, hint: str, headers: dict[str, str] | None = None) -> ApiError:
    """Return an answer that Knock's web framework gives before Knock's own code runs (404, 405, 500)."""
    return ApiError(status, {"errors": {"detail": f"{status} {phrase}"}}, hint=hint, headers=headers)


def idempotency_error(text: str, hint: str) -> ApiError:
    """Return the 400 of the idempotency layer, whose body is not the shared one."""
    return ApiError(400, {"error": text}, hint=hint)


def not_built(operation: str) -> ApiError:
    """Return the 501 for an operation of Knock's that the fake does not answer yet."""
    return _refusal(
        501,
        "not_implemented",
        f"knock_fake does not answer {operation} yet.",
        "api_error",
        hint=f"{operation} is an operation of Knock's API that this version of knock_fake does not answer",
    )


def nearest(name: str, known: Sequence[str], *, first: Sequence[str] = ()) -> str:
    """Return a remedy for a misspelt name: the nearest known one, or what there is to choose from.

    Args:
        name: the name that is unknown.
        known: the names there are.
        first: those of them that are listed before the others, in this order.
    """
    from difflib import get_close_matches

    matches = get_close_matches(name, known, n=1, cutoff=0.5)
    if matches:
        return f"did you mean {matches[0]!r}?"
    if not known:
        return "none are defined yet"
    ordered = [*(one for one in first if one in known), *sorted(set(known) - {*first})]
    listed = ", ".join(map(repr, ordered[:10]))
    return f"known: {listed}" + (", ..." if len(known) > 10 else "")


def unreadable(error: OSError | UnicodeDecodeError) -> str:
    """Return what is wrong with a file or directory that could not be read."""
    if isinstance(error, FileNotFoundError):
        return "does not exist"
    reason = error.strerror if isinstance(error, OSError) else None
    return f"cannot be read: {reason or error}"


def control_refusal(status: int, code: str, message: str) -> ApiError:
    """Return a refusal of the fake's own control plane, in the shape that Knock's refusals have."""
    return _refusal(status, code, message, "control_error")
