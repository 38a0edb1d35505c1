"""The service that a sensor is given; see `tocsin_pack.services`."""

# pyright: basic

from tocsin_pack.services import SensorService

__all__ = ["SensorService"]
