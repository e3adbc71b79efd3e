"""A store's floor as pages: drawn, live, edited, and its last hours."""
