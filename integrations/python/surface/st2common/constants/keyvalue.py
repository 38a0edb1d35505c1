"""Scopes of the datastore.

Source: StackStorm's `st2common.constants.keyvalue`.
"""

# pyright: basic

DATASTORE_PARENT_SCOPE = "st2kv"
DATASTORE_KEY_SEPARATOR = ":"
SYSTEM_SCOPE = "system"
USER_SCOPE = "user"
ALL_SCOPE = "all"
FULL_SYSTEM_SCOPE = "st2kv.system"
FULL_USER_SCOPE = "st2kv.user"
