"""Python actions, run from warm fork servers."""
