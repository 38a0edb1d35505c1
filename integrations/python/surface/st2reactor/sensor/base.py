"""The bases of sensors.

Source: StackStorm's `st2reactor.sensor.base`.
"""

# pyright: basic

import abc

from st2common.util import concurrency

__all__ = ["PollingSensor", "Sensor"]


class BaseSensor(abc.ABC):
    """What both kinds have; `_config` and `_sensor_service` are their names of old."""

    def __init__(self, sensor_service, config=None):
        self._sensor_service = self.sensor_service = sensor_service
        self._config = self.config = config or {}

    @abc.abstractmethod
    def setup(self):
        """Get ready."""

    @abc.abstractmethod
    def run(self):
        """Look for what happens, until ended."""

    @abc.abstractmethod
    def cleanup(self):
        """Let go of everything."""

    @abc.abstractmethod
    def add_trigger(self, trigger):
        """A trigger has come that this sensor is to fire."""

    @abc.abstractmethod
    def update_trigger(self, trigger):
        """A trigger has changed."""

    @abc.abstractmethod
    def remove_trigger(self, trigger):
        """A trigger has gone."""


class Sensor(BaseSensor):
    """Waits for what happens by itself."""

    @abc.abstractmethod
    def run(self):
        """Look for what happens, until ended."""


class PollingSensor(BaseSensor):
    """Looks every so often."""

    def __init__(self, sensor_service, config=None, poll_interval=5):
        super().__init__(sensor_service=sensor_service, config=config)
        self._poll_interval = poll_interval

    @abc.abstractmethod
    def poll(self):
        """Look once."""

    def run(self):
        """Look for ever."""
        while True:
            self.poll()
            concurrency.sleep(self._poll_interval)

    def get_poll_interval(self):
        """Seconds between two looks."""
        return self._poll_interval

    def set_poll_interval(self, poll_interval):
        """Wait so many seconds between two looks from now on."""
        self._poll_interval = poll_interval
