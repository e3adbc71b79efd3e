"""A whole store in one process: simulated radio and shoppers around the real gateway, broker, server and delivery."""
