"""Sightings and due timers -> the rules -> states, decisions, budgets and messages, each in one transaction (law 3)."""
