"""What an action or a sensor is given to reach the product by.

Source: the methods of StackStorm's `ActionService` and `SensorService`.
"""

# pyright: basic

import logging

from tocsin_pack.datastore import SYSTEM_SCOPE, BaseDatastoreService


class Wrapper:
    """Whom a service works for; packs read its attributes."""

    def __init__(self, pack, class_name, log_level="DEBUG"):
        self._pack = pack
        self._class_name = class_name
        self._log_level = log_level
        self._logger = logging.getLogger("SensorWrapper.%s.%s" % (pack, class_name))


class _Service:
    """The datastore's methods, which both kinds have."""

    datastore_service: BaseDatastoreService

    def get_user_info(self):
        return self.datastore_service.get_user_info()

    def list_values(self, local=True, prefix=None, limit=None, offset=None):
        return self.datastore_service.list_values(
            local=local, prefix=prefix, limit=limit, offset=offset
        )

    def get_value(self, name, local=True, scope=SYSTEM_SCOPE, decrypt=False):
        return self.datastore_service.get_value(
            name=name, local=local, scope=scope, decrypt=decrypt
        )

    def set_value(self, name, value, ttl=None, local=True, scope=SYSTEM_SCOPE, encrypt=False):
        return self.datastore_service.set_value(
            name=name, value=value, ttl=ttl, local=local, scope=scope, encrypt=encrypt
        )

    def delete_value(self, name, local=True, scope=SYSTEM_SCOPE):
        return self.datastore_service.delete_value(name=name, local=local, scope=scope)


class ActionService(_Service):
    """What an action has as `self.action_service`."""

    def __init__(self, action_wrapper, port):
        self._action_wrapper = action_wrapper
        self.datastore_service = BaseDatastoreService(
            logging.getLogger("actions.python.%s" % action_wrapper._class_name),
            action_wrapper._pack,
            action_wrapper._class_name,
            port,
        )


class SensorService(_Service):
    """What a sensor has as `self.sensor_service`."""

    def __init__(self, sensor_wrapper, port):
        self._sensor_wrapper = sensor_wrapper
        self._logger = sensor_wrapper._logger
        self._port = port
        self.datastore_service = BaseDatastoreService(
            self._logger, sensor_wrapper._pack, sensor_wrapper._class_name, port
        )

    def get_logger(self, name):
        """A logger below the sensor's own."""
        return logging.getLogger("%s.%s" % (self._logger.name, name))

    def dispatch(self, trigger, payload=None, trace_tag=None):
        """Have a trigger fire."""
        return self._port(
            "dispatch", {"trigger": trigger, "payload": payload, "trace_tag": trace_tag}
        )

    def dispatch_with_context(self, trigger, payload=None, trace_context=None):
        """Have a trigger fire as part of a trace."""
        found = vars(trace_context) if hasattr(trace_context, "trace_tag") else trace_context
        tag = (found or {}).get("trace_tag")
        return self._port(
            "dispatch",
            {"trigger": trigger, "payload": payload, "trace_tag": tag, "trace": found or None},
        )
