"""One grid, one code: layouts, numbering, lineage."""
