"""The campaign editor: a document opened as a form, judged as one types, saved as its next revision."""
