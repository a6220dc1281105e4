"""One verdict's story, told from the rows: what was tried, what came back, which rule spoke, what would change it."""
