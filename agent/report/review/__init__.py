"""The results as tables, from platforms down to one observation."""
