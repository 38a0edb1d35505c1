"""Workflows: the Orquesta language, read, inspected, conducted and rehearsed; nothing is stored."""
