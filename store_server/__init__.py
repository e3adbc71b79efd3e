"""The store server: intake -> engine -> outbox -> delivery, and the pages."""
