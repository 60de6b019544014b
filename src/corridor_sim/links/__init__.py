"""Candidate corridor links: read, proposed, and turned into changes of the landscape."""
