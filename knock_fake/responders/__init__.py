"""Responders: what stands in for everybody whom workflows ask, such as endpoints and models."""

from __future__ import annotations

from knock_fake.responders.answers import Answer, ModelAnswer
from knock_fake.responders.registry import Responders
from knock_fake.responders.requests import HttpRequest, ModelRequest, Origin
from knock_fake.responders.responder import HttpResponder, ModelResponder

__all__ = [
    "Answer",
    "HttpRequest",
    "HttpResponder",
    "ModelAnswer",
    "ModelRequest",
    "ModelResponder",
    "Origin",
    "Responders",
]
