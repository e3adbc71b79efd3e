"""The managers' console: what happens in the store, why, and why not (SPEC 1, 5)."""
