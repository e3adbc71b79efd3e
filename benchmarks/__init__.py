"""One file a question, side by side with the peers in one run."""
