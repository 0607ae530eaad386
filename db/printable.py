"""What a terminal may be given of a text; it loads nothing, for commands that only look."""


def printable(text: str) -> str:
    """Return the text with every character that could move the cursor, colour or reorder the line spelled out."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
