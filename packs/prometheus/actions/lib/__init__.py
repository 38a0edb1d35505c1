"""What the actions of this pack share."""
