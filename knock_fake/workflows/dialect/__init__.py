"""Knock's dialect of Liquid. Importing anything of it imports the Liquid library, which not all worlds need."""
