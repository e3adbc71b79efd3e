"""One's own phone: paired once, and what became of the test messages sent to it."""
