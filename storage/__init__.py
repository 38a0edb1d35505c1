"""Tables, stores, migrations; the only room that knows SQL."""
