"""A datastore in memory; see `tocsin_pack.datastore`."""

# pyright: basic

from tocsin_pack.datastore import MockDatastoreService

__all__ = ["MockDatastoreService"]
