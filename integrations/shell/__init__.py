"""Commands and scripts on the machine that Tocsin runs on."""
