"""How a provider is called for each channel type, as delivery logs tell of it.

Knock documents the shape of a delivery log but not what each provider receives: the hosts are the providers' own
API hosts, the body is the message's rendered content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from knock_fake.delivery.answers import Answer
from knock_fake.delivery.http_channels import channel_request

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import DeliveryLog, Message
    from knock_fake.state.providers import Providers

_SERVICES = {
    "sendgrid": ("SendGrid", "api.sendgrid.com", "/v3/mail/send"),
    "postmark": ("Postmark", "api.postmarkapp.com", "/email"),
    "mailgun": ("Mailgun", "api.mailgun.net", "/v3/messages"),
    "resend": ("Resend", "api.resend.com", "/emails"),
    "twilio": ("Twilio", "api.twilio.com", "/2010-04-01/Messages.json"),
    "push_fcm": ("FCM", "fcm.googleapis.com", "/v1/messages:send"),
    "push_apns": ("APNs", "api.push.apple.com", "/3/device"),
    "push_expo": ("Expo", "exp.host", "/--/api/v2/push/send"),
    "push_one_signal": ("OneSignal", "api.onesignal.com", "/notifications"),
    "push_aws_sns": ("AWS SNS", "sns.amazonaws.com", "/"),
    "chat_slack": ("Slack", "slack.com", "/api/chat.postMessage"),
    "chat_ms_teams": ("Microsoft Teams", "smba.trafficmanager.net", "/teams/v3/conversations"),
    "chat_discord": ("Discord", "discord.com", "/api/v10/channels/messages"),
}


def show_exchange(message: Message, log: DeliveryLog) -> JsonObject:
    """Return ``service_name``, ``request`` and ``response`` of one attempt."""
    accepted = 200 <= log.response_status < 300
    service, request = _http_request(message, log) if message.channel.type == "http" else _api_request(message)
    return {
        "service_name": service,
        "request": request,
        "response": {
            "status": log.response_status,
            "headers": {"content-type": "application/json"},
            "body": {"ok": accepted} if log.response_body is None else log.response_body,
        },
    }


def _api_request(message: Message) -> tuple[str, JsonObject]:
    provider = message.channel.provider
    service, host, path = _SERVICES.get(provider, (provider, f"{provider.replace('_', '-')}.example", "/"))
    options = message.options
    body = {key: value for key, value in message.content.items() if key != "__typename"} | (options.payload or {})
    if options.headers is not None:
        body["headers"] = options.headers
    headers: JsonObject = {"content-type": "application/json"}
    return service, {"method": "POST", "host": host, "path": path, "query": None, "headers": headers, "body": body}


def why_unsendable(message: Message) -> str | None:
    """Return why a message's provider cannot even be asked, or ``None``; such a message is not tried again."""
    if message.channel.type != "http":
        return message.options.problem
    if message.options.signing_key == "":
        return "the signing key is empty, so the request cannot be signed"
    return message.options.problem or _url_problem(str(message.content["url"]))


def _url_problem(url: str) -> str | None:
    """Return why a webhook to ``url`` fails at once (Knock's webhook docs)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"the URL {url!r} is malformed: {error}"
    if parts.scheme != "https":
        return f"the URL {url!r} does not begin with https://"
    return None if host else f"the URL {url!r} names no host"


def refusal_of_provider(providers: Providers, message: Message) -> Answer | None:
    """Return the answer of a scripted Slack workspace that does not take the token, or ``None``.

    Slack refuses with a 200 that says so. Nothing is gained by another attempt (our choice).
    """
    connection = message.content.get("connection")
    token = connection.get("access_token") if isinstance(connection, dict) else None
    if message.channel.provider_name != "chat_slack" or not isinstance(token, str):
        return None
    refusal = providers.slack.refusal(token)
    return None if refusal is None else Answer(200, {"ok": False, "error": refusal}, refusal, "fatal")


def _http_request(message: Message, log: DeliveryLog) -> tuple[str, JsonObject]:
    request = channel_request(message, log.attempt, log.at)
    url = urlsplit(request.url)
    return "Webhook", {
        "method": request.method,
        "host": url.netloc,
        "path": url.path or "/",
        "query": url.query or None,
        "headers": {**request.headers},
        "body": request.body or "",
    }
