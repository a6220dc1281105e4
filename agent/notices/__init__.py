"""Telling the user of events while `run` goes on, by their own command or by apprise, and each once."""
