"""What is wrong with the SDK, whose support has ended, each put right in a file of its own."""
