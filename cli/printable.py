"""What can be printed: nothing that makes a table lie, and other words for what an encoding lacks."""

import codecs

IN_OTHER_WORDS = "in_other_words"
_ASCII = "plain_ascii"
_OTHER_WORDS = {
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("‘’", "'"),
    **dict.fromkeys("“”", '"'),
    **dict.fromkeys("┌┬┐├┼┤└┴┘", "+"),
    "│": "|",
    "─": "-",
    "█": "#",
    "…": "...",
    "→": "->",
    "×": "x",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "•": "*",
}


def clean(words: str) -> str:
    """Leave out control and bidirectional characters, which could make a table lie."""
    if words.isprintable():
        return words
    return "".join(letter if letter.isprintable() else " " for letter in words)


def sayable(words: str, encoding: str) -> str:
    """Return words as a stream of an encoding prints them, so that their width can be counted."""
    if words.isascii() or encoding.lower().startswith("utf"):
        return words
    return words.encode(encoding, IN_OTHER_WORDS).decode(encoding)


def in_earnest(encoding: str) -> str:
    """Return the encoding to write in: typer takes plain ASCII for a mistake, and writes UTF-8 in its place."""
    return _ASCII if codecs.lookup(encoding).name == "ascii" else encoding


def _in_other_words(wrong: UnicodeError) -> tuple[str, int]:
    """Put an encoding's missing characters in other words, or as escapes where we have none."""
    assert isinstance(wrong, UnicodeEncodeError)
    return "".join(_other_words(wrong.object, place) for place in range(wrong.start, wrong.end)), wrong.end


def _other_words(whole: str, place: int) -> str:
    letter = whole[place]
    if letter == "£":
        return "GBP " if whole[place + 1 : place + 2].isdecimal() else "GBP"
    return _OTHER_WORDS.get(letter) or letter.encode("ascii", "backslashreplace").decode("ascii")


def _ascii(name: str) -> codecs.CodecInfo | None:
    if name != _ASCII:
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode, known.decode, None, None, known.incrementalencoder, known.incrementaldecoder, _ASCII
    )


codecs.register_error(IN_OTHER_WORDS, _in_other_words)
codecs.register(_ascii)
