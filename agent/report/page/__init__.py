"""The results as one report: its facts, and the page, the Markdown and the JSON that are made from them."""
