"""Approvals: asked before anything happens, bound to a plan, answered once."""
