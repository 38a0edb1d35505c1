"""The datastore, as actions and sensors see it.

Source: the names, arguments and return values of StackStorm's action and sensor services.
"""

# pyright: basic

SYSTEM_SCOPE = "system"
_SEPARATOR = ":"


class KeyValuePair:
    """One stored value, with what its entry says beside it as attributes."""

    def __init__(self, **attributes):
        self.id = self.name = self.value = None
        self.scope = SYSTEM_SCOPE
        self.secret = self.encrypted = False
        self.user = self.ttl = self.expire_timestamp = None
        self.__dict__.update(attributes)

    def __repr__(self):
        return "<KeyValuePair name=%s>" % self.name


class BaseDatastoreService:
    """Reads and writes values, those of the pack's class unless told otherwise."""

    DATASTORE_NAME_SEPARATOR = _SEPARATOR

    def __init__(self, logger, pack_name, class_name, port):
        self._logger = logger
        self._pack_name = pack_name
        self._class_name = class_name
        self._port = port

    def get_user_info(self):
        """Who this is done for: `{username, rbac, authentication}`."""
        return self._port("get_user_info", {})

    def list_values(self, local=True, prefix=None, limit=None, offset=None):
        """Every value whose key begins so."""
        found = self._port(
            "list_values",
            {"prefix": self._prefix(local, prefix), "limit": limit, "offset": offset or 0},
        )
        return [KeyValuePair(**each) for each in found]

    def get_value(self, name, local=True, scope=SYSTEM_SCOPE, decrypt=False):
        """One value; None where there is none, or it cannot be read."""
        _only_system(scope)
        key = self._key(name, local)
        try:
            return self._port("get_value", {"name": key, "scope": scope, "decrypt": bool(decrypt)})
        except Exception as error:
            self._logger.error("The value %s cannot be read: %s", key, error)
            return None

    def set_value(self, name, value, ttl=None, local=True, scope=SYSTEM_SCOPE, encrypt=False):
        """Keep a value, as a text; for `ttl` seconds where that is given."""
        _only_system(scope)
        arguments = {"name": self._key(name, local), "value": str(value), "scope": scope}
        self._port("set_value", dict(arguments, ttl=ttl, encrypt=bool(encrypt)))
        return True

    def delete_value(self, name, local=True, scope=SYSTEM_SCOPE):
        """Forget a value; whether there was one that could be forgotten."""
        _only_system(scope)
        key = self._key(name, local)
        try:
            return bool(self._port("delete_value", {"name": key, "scope": scope}))
        except Exception as error:
            self._logger.error("The value %s cannot be deleted: %s", key, error)
            return False

    def _key(self, name, local):
        return (
            "%s.%s%s%s" % (self._pack_name, self._class_name, _SEPARATOR, name) if local else name
        )

    def _prefix(self, local, prefix):
        return self._key(prefix or "", local) if local else prefix


class MockDatastoreService(BaseDatastoreService):
    """Keeps values in memory, for tests."""

    def __init__(self, logger, pack_name, class_name, api_username=None):
        BaseDatastoreService.__init__(self, logger, pack_name, class_name, self._answer)
        self._username = api_username or "admin"
        self._datastore_items = {}

    def _answer(self, method, arguments):
        items, name = self._datastore_items, arguments.get("name")
        if method == "get_user_info":
            return {
                "username": self._username,
                "rbac": {"is_admin": True, "enabled": True, "roles": ["admin"]},
                "authentication": {"method": "authentication token", "location": "header"},
            }
        if method == "list_values":
            prefix = arguments["prefix"] or ""
            return [vars(pair) for key, pair in items.items() if key.startswith(prefix)]
        if method == "set_value":
            items[name] = KeyValuePair(id=name, name=name, value=arguments["value"])
            items[name].ttl = arguments["ttl"]
            return True
        if method == "delete_value":
            return items.pop(name, None) is not None
        return items[name].value if name in items else None

    def set_value(self, name, value, ttl=None, local=True, scope=SYSTEM_SCOPE, encrypt=False):
        """Keep a value as it is; time does not pass here."""
        key = self._key(name, local)
        self._answer("set_value", {"name": key, "value": value, "ttl": ttl})
        return True


def _only_system(scope):
    if scope != SYSTEM_SCOPE:
        raise ValueError("The scope %s cannot be used here; there is %s." % (scope, SYSTEM_SCOPE))
