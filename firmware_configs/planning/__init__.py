"""Help with a store plan: placement, coverage, battery, regions, calibration, walks. Pure: values in, values out."""
