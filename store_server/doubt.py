"""The doubt whether a message was taken, kept as its row's reason from the first lost answer to its end (SPEC 5)."""

NO_ANSWER = "no-answer"
"""It may have been taken: it is no longer ours to say that it was not, so nothing is given back."""
