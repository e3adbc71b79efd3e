"""Who is at the console, and what of it they may see: accounts, sessions, sign-in."""
