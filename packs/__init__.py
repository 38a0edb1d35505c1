"""The packs that come with the product: actions and runbooks, no code that others import."""
