"""Consent, export, erasure, retention: the shopper's data stays small (ARCHITECTURE, law 5)."""
