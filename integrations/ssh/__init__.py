"""Commands and scripts on other machines, by SSH."""
