"""The fleet: gateways that fall silent, and what that means for what they had heard."""
