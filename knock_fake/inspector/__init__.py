"""The inspector: a page on which a developer looks into a world. Files that a browser runs, and the routes to them.

The page reads and does everything through the control plane. It is served as it lies here: there is no build.
"""
