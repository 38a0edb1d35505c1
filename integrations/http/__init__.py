"""The one way out by HTTP: a session that guards where it goes, and the runner `http-request`."""
