"""The rules (pure): documents, stays, audience, schedule, limits, decisions, explanation, simulation."""
