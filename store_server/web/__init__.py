"""The doors for people and apps: one folder a reader (SPEC 8)."""
