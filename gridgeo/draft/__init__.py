"""Planned changes of the layer: what they are, what they do, who may make them."""
