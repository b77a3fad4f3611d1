"""Scripted failures: rules that say which calls fail, and how."""
