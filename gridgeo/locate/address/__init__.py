"""Text to grid: addresses as people write them."""
