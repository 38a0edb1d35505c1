"""How the tables came to be: one script for each step, each with its way back."""
