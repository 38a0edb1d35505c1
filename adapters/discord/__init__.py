"""Discord, through discord.py: its REST calls, its rate buckets and its gateway."""
