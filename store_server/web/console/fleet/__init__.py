"""Gateways and beacons as pages: their health, causes and effects, enrolment, alerts."""
