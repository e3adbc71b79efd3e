"""Outbox lease -> deadline, consent, cancel -> channel -> outcome (ARCHITECTURE, store_server)."""
