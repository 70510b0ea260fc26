"""Pure core: layers to one seamless partition, arranged once and then only relabelled."""
