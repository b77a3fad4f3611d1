"""How a provider is called for each channel type, as delivery logs tell of it.

Knock documents the shape of a delivery log but not what each provider receives: the hosts are the providers' own
API hosts, the body is the message's rendered content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    from knock_fake.json_types import JsonObject
    from knock_fake.state.messages import DeliveryLog, Message

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
    service, request = _http_request(message) if message.channel.type == "http" else _api_request(message)
    return {
        "service_name": service,
        "request": request,
        "response": {
            "status": log.response_status,
            "headers": {"content-type": "application/json"},
            "body": {"ok": accepted},
        },
    }


def _api_request(message: Message) -> tuple[str, JsonObject]:
    provider = message.channel.provider
    service, host, path = _SERVICES.get(provider, (provider, f"{provider.replace('_', '-')}.example", "/"))
    body = {key: value for key, value in message.content.items() if key != "__typename"}
    headers: JsonObject = {"content-type": "application/json"}
    return service, {"method": "POST", "host": host, "path": path, "query": None, "headers": headers, "body": body}


def fatal_url_problem(url: str) -> str | None:
    """Return why a webhook to ``url`` fails at once and is not tried again, or ``None`` (Knock's webhook docs)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        return f"the URL {url!r} is malformed: {error}"
    if parts.scheme != "https":
        return f"the URL {url!r} does not begin with https://"
    return None if host else f"the URL {url!r} names no host"


def _http_request(message: Message) -> tuple[str, JsonObject]:
    content = message.content
    url = urlsplit(str(content["url"]))
    parameters = content.get("query")
    added = urlencode(parameters) if isinstance(parameters, dict) else ""
    return "Webhook", {
        "method": str(content["method"]).upper(),
        "host": url.netloc,
        "path": url.path or "/",
        "query": "&".join(filter(None, (url.query, added))) or None,
        "headers": content.get("headers") or {},
        "body": content.get("body") or "",
    }
