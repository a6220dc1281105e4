"""What the observations mean. Pure: no I/O, no clock, no randomness."""
