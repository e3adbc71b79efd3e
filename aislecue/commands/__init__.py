"""One module a command: HELP, add_arguments, run."""
