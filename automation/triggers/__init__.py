"""What begins runbooks by itself: schedules, incidents, signed webhooks."""
