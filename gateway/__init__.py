"""The Pi: radio -> decode -> tracker -> spool -> uplink."""
