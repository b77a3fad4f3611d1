"""Asking a world: collections of what it holds and of what happened, to look at and to assert on."""
