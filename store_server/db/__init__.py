"""What is kept: SQLModel tables, sessions, migrations."""
