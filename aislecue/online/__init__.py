"""The database side of the administration commands: documents in and out, explanations."""
