"""Held to the field: published patterns that nothing was fitted to, and what the model gives."""
