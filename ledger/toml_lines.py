"""The lines of a TOML file on which its tables, their keys and the items of their lists begin. Pure."""

import re

_HEADER = re.compile(r"\s*\[\[?\s*([\w.\"-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")
_PIECE = re.compile(r'"""[\s\S]*?"""|' r"'''[\s\S]*?'''|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'|#[^\n]*|[\[\]{}]")


class Lines:
    """Where the parts of a TOML file stand."""

    def __init__(self, text: str) -> None:
        self._at: dict[tuple[str, int], int] = {}
        self._keys: dict[tuple[str, int, str], int] = {}
        self._nested: dict[tuple[str, int, str], list[int]] = {}
        self._text = text
        self._starts = [0]
        counts: dict[str, int] = {}
        table, number = "", 0
        for line, content in enumerate(text.split("\n"), 1):
            self._starts.append(self._starts[-1] + len(content) + 1)
            if header := _HEADER.match(content):
                table = header[1].strip('"')
                number = counts[table] = counts.get(table, -1) + 1
                self._at[table, number] = line
                above, _, key = table.rpartition(".")
                self._nested.setdefault((above, counts.get(above, 0), key), []).append(line)
            elif key_there := _KEY.match(content):
                self._keys.setdefault((table, number, key_there[1]), line)

    def has(self, table: str, number: int, key: str) -> bool:
        """Say whether a table gives a key."""
        return (table, number, key) in self._keys

    def of(self, table: str, number: int = 0, key: str = "", item: int | None = None) -> int:
        r"""Return the line of a key of a table, or of an item of its list of tables; else of the table, else the first.

        >>> Lines('[[kpi]]\nbands = [\n  { from = 1 },\n  { from = 2 }]').of("kpi", 0, "bands", 1)
        4
        """
        if item is not None:
            items = self._nested.get((table, number, key)) or self._items(table, number, key)
            if item < len(items):
                return items[item]
        return self._keys.get((table, number, key), self._at.get((table, number), 1))

    def _items(self, table: str, number: int, key: str) -> list[int]:
        """Return the lines on which the tables in a key's list begin."""
        line = self._keys.get((table, number, key))
        if line is None:
            return []
        found, depth = [], 0
        for piece in _PIECE.finditer(self._text, self._text.index("=", self._starts[line - 1])):
            match piece[0]:
                case "[" | "{":
                    if piece[0] == "{" and depth == 1:
                        found.append(self._text.count("\n", 0, piece.start()) + 1)
                    depth += 1
                case "]" | "}":
                    depth -= 1
                    if depth <= 0:
                        break
                case _:
                    continue
        return found
