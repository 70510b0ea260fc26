"""The sample city: a small 漯河 with the faults that real layers have, made in code from a seed."""

from gridgeo.sample.city import SampleCity, make_city

__all__ = ["SampleCity", "make_city"]
