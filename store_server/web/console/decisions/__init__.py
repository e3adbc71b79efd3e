"""Why: every decision as a line and explained."""
