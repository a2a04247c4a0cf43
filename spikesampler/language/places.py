"""Where in a model file a text stands: the line in the file of each line of a field's text.

The file is Python, so a text may be one string or several, in triple quotes or not, in a dict or
added to later: lines are taken from the syntax tree and, inside a string, from its tokens. Where a
text is computed, by a call or from a name of another file, its lines are those of the assignment.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence

__all__ = ["LayerPlaces", "Path", "Places"]

Path = tuple[
    str, ...
]  #: ("drift",), ("learning", "output"), ("parameters", "tau_m"), ("bounds", "0")


class Places:
    """Lines of a file's assignments; of text that is no Python, every line is the first."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, list[int]] = {}
        self._first: dict[Path, int] = {}
        self._ends: dict[Path, int] = {}
        self.assigned: dict[str, int] = {}  #: names that the file assigns, with lines
        self._nodes: dict[str, ast.expr] = {}
        self._within: list[str] = []  # names that are being looked up
        self._source = text.splitlines(keepends=True)
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        self.assigned = _assigned(tree)
        for statement in _statements(tree.body):
            self._note(statement)

    def line(self, path: Path, of_text: int = 1) -> int:
        """Line in the file of a line of a field's text; of what is not there, its field's, or 1."""
        if lines := self._lines.get(path):
            return lines[min(of_text, len(lines)) - 1]
        while path:
            if path in self._first:
                return self._first[path]
            path = path[:-1]
        return 1

    def span(self, path: Path, first: int, count: int) -> tuple[int, ...]:
        """Lines in the file of so many lines of a field's text, and what lies between them."""
        start, lines = self.line(path, first), self._lines.get(path, [])
        after = first + count - 1
        end = lines[after] - 1 if after < len(lines) else self._ends.get(path, start)
        return tuple(range(start, max(start, end) + 1))

    def has(self, path: Path) -> bool:
        """Whether the file gives what a path names."""
        return path in self._first

    def is_inside(self, path: Path, line: int) -> bool:
        """Whether a line of the file is within what a path names."""
        return self.has(path) and self._first[path] <= line <= self._ends[path]

    def with_word(self, lines: tuple[int, ...], word: str) -> int:
        """The first of these lines of the file that has a word; the first where none has it."""
        for line in lines:
            if line <= len(self._source) and re.search(
                rf"\b{re.escape(word)}\b", self._source[line - 1]
            ):
                return line
        return lines[0]

    def _note(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                before = self._lines.get((name,), [])
                added = self._value_lines(value)
                self._lines[name,] = before[:-1] + added if before and added else []
            case ast.AugAssign(target=ast.Name(id=name), op=ast.BitOr(), value=value):
                self._inside((name,), value)
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="update"),
                    args=args,
                    keywords=keywords,
                )
            ):
                for other in args:
                    self._inside((name,), other)
                self._keywords((name,), keywords)

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name):
                self._put((name,), value)
                self._nodes[name] = value  # after it: the value may name what it replaces
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str() as key)):
                self._put((name, key), value)
            case ast.Tuple(elts=targets):
                values = value.elts if isinstance(value, ast.Tuple) else [value] * len(targets)
                for each, its in zip(targets, values):
                    self._assign(each, its)

    def _put(self, path: Path, value: ast.expr) -> None:
        """Note where the value of a path begins, its lines, and those of what is inside it."""
        for old in [other for other in self._first if other[: len(path)] == path]:
            self._first.pop(old)
            self._lines.pop(old, None)
        self._first[path] = value.lineno
        self._lines[path] = self._value_lines(value)
        self._ends[path] = value.end_lineno or value.lineno
        self._inside(path, value)

    def _inside(self, path: Path, value: ast.expr) -> None:
        match value:
            case ast.Dict(keys=keys, values=values):
                for key, below in zip(keys, values):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self._put((*path, key.value), below)
                        self._first[*path, key.value] = key.lineno
                    elif key is None:
                        self._inside(path, below)
            case ast.Call(func=ast.Name(id="dict"), args=args, keywords=keywords):
                for other in args:
                    self._inside(path, other)
                self._keywords(path, keywords)
            case ast.Tuple(elts=values) | ast.List(elts=values):
                for number, below in enumerate(values):
                    self._put((*path, str(number)), below)
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                self._inside(path, left)
                self._inside(path, right)
            case ast.Name(id=name) if name in self._nodes and name not in self._within:
                self._within.append(name)
                self._inside(path, self._nodes[name])
                self._within.pop()

    def _keywords(self, path: Path, keywords: list[ast.keyword]) -> None:
        for keyword in keywords:
            if keyword.arg is None:
                self._inside(path, keyword.value)
            else:
                self._put((*path, keyword.arg), keyword.value)
                self._first[*path, keyword.arg] = keyword.lineno

    def _value_lines(self, node: ast.expr) -> list[int]:
        """Line in the file of each line of a text; [] where it is no text that stands there."""
        match node:
            case ast.Constant(value=str() as value):
                lines = self._string_lines(node)
                return lines if len(lines) == value.count("\n") + 1 else [node.lineno]
            case ast.JoinedStr():
                return [*range(node.lineno, (node.end_lineno or node.lineno) + 1)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                first, second = self._value_lines(left), self._value_lines(right)
                return first[:-1] + [*first[-1:], *second[1:]] if first and second else []
            case ast.Name(id=name) if name in self._nodes and name not in self._within:
                self._within.append(name)
                lines = self._value_lines(self._nodes[name])
                self._within.pop()
                return lines
        return []

    def _string_lines(self, node: ast.expr) -> list[int]:
        """Lines of the value of strings that stand beside each other, from the file's tokens."""
        end = node.end_lineno or node.lineno
        source = "".join(self._source[node.lineno - 1 : end])
        lines, is_blank = [node.lineno], True
        try:
            for token in tokenize.generate_tokens(io.StringIO(f"({source})").readline):
                if token.type != tokenize.STRING or not _is_inside(token, node):
                    continue
                for sign, below in _signs(token.string):
                    line = node.lineno + token.start[0] - 1 + below
                    if sign == "\n":
                        lines.append(line)
                    elif is_blank:  # a line begins where its first sign stands
                        lines[-1] = line
                    is_blank = sign == "\n"
        except (tokenize.TokenError, SyntaxError):
            return lines
        return lines


class LayerPlaces(Places):
    """Places of the fields of a pathway: its own, else its layer's, else those at the top.

    prefixes : paths of what may give a field, that which counts first.
    """

    def __init__(self, places: Places, prefixes: Sequence[Path]) -> None:
        self._of_file, self._prefixes = places, prefixes
        self.assigned = dict(places.assigned)
        for prefix in reversed(prefixes):
            for path in places._first:
                if path[:-1] == prefix:
                    self.assigned[path[-1]] = places.line(path)

    def line(self, path: Path, of_text: int = 1) -> int:
        """As of `Places`, where the field stands that counts."""
        return self._of_file.line(self._path(path), of_text)

    def span(self, path: Path, first: int, count: int) -> tuple[int, ...]:
        """As of `Places`, where the field stands that counts."""
        return self._of_file.span(self._path(path), first, count)

    def with_word(self, lines: tuple[int, ...], word: str) -> int:
        """As of `Places`."""
        return self._of_file.with_word(lines, word)

    def _path(self, path: Path) -> Path:
        for prefix in self._prefixes:
            if self._of_file.has((*prefix, path[0])):
                return (*prefix, *path)
        return path if self._of_file.has(path[:1]) else (*self._prefixes[-1], *path)


def _is_inside(token: tokenize.TokenInfo, node: ast.expr) -> bool:
    """Whether a token of the bracketed source of a node's lines is one of the node's own."""
    row, column = token.start
    start = column - (row == 1)  # the bracket before
    last = row == (node.end_lineno or node.lineno) - node.lineno + 1
    return not (row == 1 and start < node.col_offset) and not (
        last and start >= (node.end_col_offset or 0)
    )


def _signs(string: str) -> Iterator[tuple[str, int]]:
    """Each sign of a string's value, and how many lines below the string's first it stands.

    Of escapes only line ends are told from other signs.
    """
    start = min(i for i in (string.find("'"), string.find('"')) if i >= 0)
    size = 3 if string[start : start + 3] in ("'''", '"""') else 1
    is_raw = "r" in string[:start].lower()
    body, line, position = string[start + size : -size], 0, 0
    while position < len(body):
        sign, after = body[position], body[position + 1 : position + 2]
        position += 1
        if sign == "\\" and not is_raw:
            position += 1
            line += after == "\n"
            if after != "\n":
                yield ("\n" if after == "n" else after), line
        else:
            line += sign == "\n"
            yield sign, line


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that run when a file runs, those under an if, for, with and try too."""
    for statement in body:
        yield statement
        for field in ("body", "orelse", "finalbody", "handlers"):
            below = getattr(statement, field, [])
            if isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                break
            for each in below:
                yield from _statements([each] if isinstance(each, ast.stmt) else each.body)


def _assigned(tree: ast.AST) -> dict[str, int]:
    """{name: line} of what is assigned outside functions, classes and comprehensions."""
    names: dict[str, int] = {}
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, node.lineno)
        inner = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
        if not isinstance(node, inner | ast.comprehension):
            nodes.extend(ast.iter_child_nodes(node))
    return names
