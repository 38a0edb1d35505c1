"""What is wrong with content.

Source: StackStorm's `st2common.exceptions.content`.
"""

# pyright: basic


class ParseException(ValueError):
    """A text does not fit a format."""
