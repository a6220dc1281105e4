"""What to ask and what it means: plan, measure, judge, keep, compare, tell."""

__version__ = "0.1.0"
