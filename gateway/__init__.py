"""The Pi: radio -> decode -> tracker -> spool -> uplink; health, settings, doctor."""
