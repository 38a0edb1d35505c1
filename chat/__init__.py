"""The words that every chat platform shares, and the port an adapter implements.

The lowest room of the house: it imports nobody else of ours.
"""
