"""The ports of the domain, implemented on one open transaction each."""
