"""The datastore; see `tocsin_pack.datastore`."""

# pyright: basic

from tocsin_pack.datastore import BaseDatastoreService

__all__ = ["ActionDatastoreService", "BaseDatastoreService", "SensorDatastoreService"]

ActionDatastoreService = SensorDatastoreService = BaseDatastoreService
