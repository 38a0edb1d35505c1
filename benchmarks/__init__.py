"""Measurements of the running product, each beside a floor measured in the same run."""
