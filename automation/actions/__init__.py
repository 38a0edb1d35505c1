"""What can be done: descriptions of actions, where they come from, and the port that runs them."""
