"""Scenarios: a whole world in one file, YAML or JSON, and the errors that name file, line and field.

Reading files lives here, outside of the core; what is read is checked as a whole before anything is laid over a world.
"""
