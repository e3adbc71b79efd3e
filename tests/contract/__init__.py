"""One suite a port, many adapters."""
