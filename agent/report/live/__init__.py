"""A picture of the agent at work, drawn anew in a terminal. No pandas: it is drawn by the process that waits, too."""
