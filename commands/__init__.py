"""Words people type, and what answers them."""
