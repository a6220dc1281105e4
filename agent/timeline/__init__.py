"""The document's claims, the independent records beside them, and how what was observed agrees with the claims."""
