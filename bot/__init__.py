"""Settings, wiring, server and command line: the only room that knows everybody."""
