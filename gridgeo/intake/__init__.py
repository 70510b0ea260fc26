"""Files to checked layers: what was handed in, and what is wrong with it."""
