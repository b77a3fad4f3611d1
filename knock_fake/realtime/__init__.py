"""Knock's websocket: Phoenix's protocol, the topics of feeds and guides, and what a test does with them. No I/O."""
