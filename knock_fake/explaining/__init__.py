"""Explanations: what happened in runs and why, in words and as plain data, read off what was recorded."""
