"""Shell: the layer, its versions and places in GeoPackage or PostGIS."""
