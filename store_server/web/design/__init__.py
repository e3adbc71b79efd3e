"""The design system: tokens, styles, components, languages and hashed assets that every page of ours is built from."""
