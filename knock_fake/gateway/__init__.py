"""The way every request goes: route, authenticate, count, replay, validate, answer, settle, write down."""
