"""Moments: templates of campaigns for points of the journey; one YAML file each, filled in by its parameters."""

from campaigns.moments.template import MOMENTS, Moment, Parameter, from_moment, moment

__all__ = ["MOMENTS", "Moment", "Parameter", "from_moment", "moment"]
