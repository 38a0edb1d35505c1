"""Sandboxed templates: parameters, conditions, and command lines whose values are quoted."""
