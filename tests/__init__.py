"""Tests, and the few things they share."""
