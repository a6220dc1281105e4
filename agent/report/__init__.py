"""What the results look like to people: tables, the comparison, and frames for those who compute."""
