"""What happened: the only code that opens a socket to the measured world. It never says what it means."""
