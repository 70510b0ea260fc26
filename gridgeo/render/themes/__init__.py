"""One file per kind of map: each makes a `gridgeo.render.content.Content` from an edition, a recipe and its facts."""
