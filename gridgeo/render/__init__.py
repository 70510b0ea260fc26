"""Grids to pictures and pages; returns bytes or text, writes nothing."""
