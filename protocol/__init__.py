"""The shared words (pure): beacon identity and frame, sighting, store plan, trace file, MQTT topics and messages."""
