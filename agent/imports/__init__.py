"""Other people's measurements as ours: read with suspicion, turned into observations, and judged by the same rules."""
