"""Where gateways come in: MQTT messages, deduplicated, to presence and zones of tags, durable before the ack (SPEC 7)."""
