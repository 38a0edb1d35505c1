"""Names of packs and of what is in them.

Source: StackStorm's `st2common.constants.pack`.
"""

# pyright: basic

MANIFEST_FILE_NAME = "pack.yaml"
DEFAULT_PACK_NAME = "default"
SYSTEM_PACK_NAMES = ["chatops", "core", "packs"]
