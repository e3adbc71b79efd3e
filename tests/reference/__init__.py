"""A second, naive reading of SPEC 2 to 6 that the product must agree with."""
