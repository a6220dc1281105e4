"""Measurements of the numbers to reach: printed, never asserted, since a busy machine is no failure."""
