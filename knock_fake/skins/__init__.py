"""The ways into a world: thin layers that turn somebody else's requests into calls and replies back.

Nothing is imported here: each module costs the import of the library whose requests it translates.
"""
