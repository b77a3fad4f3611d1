"""Control over HTTP: what a test in Python does to a world, for tests in any other language, below ``/_fake``."""
