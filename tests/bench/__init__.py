"""Measurements of the numbers that the design asks for: printed, never asserted, since a busy machine is no failure."""
