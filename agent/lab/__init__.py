"""A censored internet to practise on. On loopback, without root: real sockets, a real censor, and nobody reached."""
