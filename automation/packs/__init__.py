"""Packs in StackStorm's format: everything a folder holds, and what is wrong in it."""
