"""Worlds as JSON: a world with all that waits in it becomes one document, and a document becomes a world again.

As with snapshots, nobody tells what to save: the attributes of a world's parts and the fields of its records are
walked. What cannot be data, such as a function of the user's, is refused by name.
"""
