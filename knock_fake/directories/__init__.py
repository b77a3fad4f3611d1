"""Knock directories: workflows and what belongs to them, as Knock's command line pulls them to disk.

Reading files lives here, outside of the core: what is read becomes plain documents, which are checked all together
and handed to the registries of a world only when none of them is refused.
"""
