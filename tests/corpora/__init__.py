"""Other people's cases with known answers, judged by our rules. The cases are theirs, and not in this repository."""
