"""The content system's ground: lessons that pupils ask for, after vividly.md."""
