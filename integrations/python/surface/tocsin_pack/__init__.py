"""What stands behind the names that packs import.

Everything beside and below this folder runs in a pack's own Python, of whatever version,
and uses nothing but the standard library.
"""
