"""Firmware and service configurations, rendered from the store plan."""
