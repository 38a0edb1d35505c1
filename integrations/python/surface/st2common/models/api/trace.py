"""The trace that something belongs to.

Source: StackStorm's `st2common.models.api.trace`.
"""

# pyright: basic


class TraceContext:
    """Names a trace by its id or by its tag."""

    def __init__(self, id_=None, trace_tag=None):
        self.id_ = id_
        self.trace_tag = trace_tag

    def __eq__(self, other):
        return isinstance(other, TraceContext) and vars(self) == vars(other)

    def __hash__(self):
        return hash((self.id_, self.trace_tag))

    def __repr__(self):
        return "{id_: %s, trace_tag: %s}" % (self.id_, self.trace_tag)
