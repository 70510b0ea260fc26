"""Grids to pictures and pages; returns bytes or text, writes nothing. ``gg.render(recipe, …)`` draws one."""

import sys

from gridgeo import verb_module

sys.modules[__name__].__class__ = verb_module("gridgeo.jobs.draw:render_map")
