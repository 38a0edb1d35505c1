"""Everything behind `/incident`."""
