"""The shopper's page: opt-in, inbox, help, own data; installable, and an install like any app (SPEC 1, 8)."""
