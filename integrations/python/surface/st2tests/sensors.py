"""The base of tests of sensors.

Source: StackStorm's `st2tests.sensors`.
"""

# pyright: basic

from st2tests.mocks.sensor import MockSensorService, MockSensorWrapper
from st2tests.pack_resource import BasePackResourceTestCase

__all__ = ["BaseSensorTestCase"]


class BaseSensorTestCase(BasePackResourceTestCase):
    """Makes instances of `sensor_cls`, and sees what they dispatch."""

    sensor_cls: type = None  # pyright: ignore[reportAssignmentType] - the test's own sets it

    def setUp(self):
        """Have a service in memory."""
        super().setUp()
        wrapper = MockSensorWrapper(pack="tests", class_name=self.sensor_cls.__name__)
        self.sensor_service = MockSensorService(sensor_wrapper=wrapper)

    def get_sensor_instance(self, config=None, poll_interval=None):
        """A sensor with that config."""
        given = {"sensor_service": self.sensor_service}
        if config:
            given["config"] = config
        if poll_interval is not None:
            given["poll_interval"] = poll_interval
        return self.sensor_cls(**given)

    def get_dispatched_triggers(self):
        """Each trigger that fired: `{trigger, payload, trace_context}`."""
        return self.sensor_service.dispatched_triggers

    def get_last_dispatched_trigger(self):
        """The last one."""
        return self.sensor_service.dispatched_triggers[-1]

    def assertTriggerDispatched(self, trigger, payload=None, trace_context=None):  # noqa: N802 - the name that packs call
        """See that one fired, with that payload and trace where they are given."""
        wanted = {"trigger": trigger, "payload": payload, "trace_context": trace_context}
        wanted = {name: value for name, value in wanted.items() if value}
        for item in self.get_dispatched_triggers():
            if all(item[name] == value for name, value in wanted.items()):
                return True
        raise AssertionError('The trigger "%s" has not been dispatched so' % trigger)
