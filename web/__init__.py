"""The browser door: the chat and the backstage pages."""
