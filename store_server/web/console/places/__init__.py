"""Where the stores of a chain lie, and their map."""
