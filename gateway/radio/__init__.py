"""Ears of a gateway behind one port: bleak, a recorded trace, or a simulated world."""
