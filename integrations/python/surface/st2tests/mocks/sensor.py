"""The service of a sensor that is being tested.

Source: StackStorm's `st2tests.mocks.sensor`.
"""

# pyright: basic

import logging
from unittest.mock import Mock

from st2common.models.api.trace import TraceContext
from tocsin_pack.datastore import MockDatastoreService
from tocsin_pack.port import nobody
from tocsin_pack.services import SensorService

__all__ = ["MockSensorService", "MockSensorWrapper"]


class MockSensorWrapper:
    """Whom the service works for."""

    def __init__(self, pack, class_name):
        self._pack = pack
        self._class_name = class_name
        self._logger = Mock(spec=logging.RootLogger)


class MockSensorService(SensorService):
    """Keeps values, and what was dispatched, in memory."""

    def __init__(self, sensor_wrapper):
        if not hasattr(sensor_wrapper, "_logger"):
            sensor_wrapper._logger = Mock(spec=logging.RootLogger)
        super().__init__(sensor_wrapper, nobody)
        self.dispatched_triggers = []
        self.datastore_service = self._datastore_service = MockDatastoreService(
            self._logger, sensor_wrapper._pack, sensor_wrapper._class_name
        )

    def get_logger(self, name):
        """A mock, so that a test can ask what was logged."""
        return self._logger

    def dispatch(self, trigger, payload=None, trace_tag=None):
        """Note down that a trigger fired."""
        context = TraceContext(trace_tag=trace_tag) if trace_tag else None
        return self.dispatch_with_context(trigger, payload, context)

    def dispatch_with_context(self, trigger, payload=None, trace_context=None):
        """Note down that a trigger fired."""
        item = {"trigger": trigger, "payload": payload, "trace_context": trace_context}
        self.dispatched_triggers.append(item)
        return item
