"""What the code asks of content, read from its syntax: every key, and what a computed key may become."""

import ast
import importlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, NamedTuple, get_args, get_origin

from core.text import CONTENT

ROOT = CONTENT.parent
FILES = {path.stem for path in (CONTENT / "en").glob("*.toml")}
ANY = "*"
"""A part of a key of which the syntax does not tell what it may be."""
BEGINS = re.compile(rf"f?['\"]({'|'.join(sorted(FILES))}|{{[\w.]+}})\.[\w{{]")
SLOT = re.compile(r"\{(\w+)\}")
"""In a key that is filled by `format`."""
HARMLESS = ("items", "keys", "values", "list", "tuple", "sorted", "enumerate")
"""Functions that may be called to know what a loop goes over."""
Function = ast.FunctionDef | ast.Lambda


class Ask(NamedTuple):
    """A key, where it is asked for, and whether that may be for all that stands under it."""

    key: str
    where: str
    whole: bool


def literals(annotation: Any) -> set[str]:
    """The strings of a Literal, or of a union of them."""
    if get_origin(annotation) is Literal:
        return set(get_args(annotation))
    return set().union(*map(literals, get_args(annotation)))


def joined(parts: Iterable[Iterable[str]]) -> set[str]:
    return {"".join(each) for each in itertools.product(*parts)}


def strings(found: Iterable[Any]) -> set[str]:
    """What was found, if that is strings."""
    given = list(found)
    return set(given) if given and all(isinstance(each, str) for each in given) else {ANY}


def flat(found: Any) -> list[Any]:
    """What a table, or the tables in it, hold."""
    if isinstance(found, dict | tuple | list):
        inner = found.values() if isinstance(found, dict) else found
        return [each for part in inner for each in flat(part)]
    return [] if found is None else [found]


class Source:
    """A module of the app: its tree, what stands around each node, and its names as they are when it runs."""

    def __init__(self, path: Path) -> None:
        self.path = path.relative_to(ROOT)
        self.tree = ast.parse(path.read_text("utf-8"))
        self.nodes = list(ast.walk(self.tree))
        self.parents = {c: n for n in self.nodes for c in ast.iter_child_nodes(n)}

    @cached_property
    def names(self) -> dict[str, Any]:
        if self.path.parts[0] != "core":
            return {}
        name = ".".join(self.path.with_suffix("").parts).removesuffix(".__init__")
        return vars(importlib.import_module(name))

    def around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """All that a node stands in, the innermost first, each with its part that has the node in it."""
        while node in self.parents:
            yield (self.parents[node], node)
            node = self.parents[node]

    def functions(self, node: ast.AST) -> list[Function]:
        return [outer for outer, _ in self.around(node) if isinstance(outer, Function)]

    def evaluated(self, node: ast.expr) -> Any:
        """What an expression of the module's own names is; None where it needs others, or calls much."""
        calls = [each for each in ast.walk(node) if isinstance(each, ast.Call)]
        if not all(ast.unparse(call.func).split(".")[-1] in HARMLESS for call in calls):
            return None
        try:
            return eval(compile(ast.Expression(node), str(self.path), "eval"), {**self.names})
        except (NameError, AttributeError, KeyError, TypeError):
            return None

    def rows(self, over: ast.expr) -> list[ast.expr]:
        """What a loop goes over, where that is written out in it, or just before."""
        if isinstance(over, ast.Name):
            inner = [each for function in self.functions(over)[:1] for each in ast.walk(function)]
            for each in inner:
                match each:
                    case ast.Assign([ast.Name(name)], ast.Tuple(rows)) if name == over.id:
                        return rows
        return over.elts if isinstance(over, ast.Tuple) else []


class Asks:
    """All that is asked for. held: what attributes and variables of a name hold, where the syntax does not tell."""

    def __init__(self, held: dict[str, Iterable[str]]) -> None:
        paths = [*(ROOT / "core").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
        self.sources = [Source(path) for path in (*paths, ROOT / "streamlit_app.py")]
        self.held = held
        self.open: set[tuple[Function, str]] = set()

    def __iter__(self) -> Iterator[Ask]:
        for source in self.sources:
            for node in source.nodes:
                outer = source.parents.get(node)
                inner = isinstance(outer, ast.JoinedStr | ast.FormattedValue)
                string = isinstance(node, ast.Constant | ast.JoinedStr) and not inner
                if string and BEGINS.match(ast.unparse(node)):
                    get = isinstance(outer, ast.Call) and ast.unparse(outer.func).endswith(".get")
                    for key in self.values(node, source):
                        if key.split(".")[0] in FILES and not key.endswith((".", "_")):
                            yield Ask(key, f"{source.path}:{node.lineno}", get)

    def values(self, node: ast.expr, source: Source) -> set[str]:
        """What a string may be, with ANY for what cannot be told."""
        read: Callable[[Any, Source], set[str]] | None
        read = getattr(self, f"of_{type(node).__name__}", None)
        return read(node, source) if read else {ANY}

    def any_of(self, nodes: Iterable[ast.expr], source: Source) -> set[str]:
        return set().union(*(self.values(node, source) for node in nodes))

    def of_Constant(self, node: ast.Constant, _: Source) -> set[str]:
        if not isinstance(node.value, str):
            return set() if node.value is None else {ANY}
        parts = enumerate(SLOT.split(node.value))
        return joined(self.held.get(part, {part}) if n % 2 else {part} for n, part in parts)

    def of_JoinedStr(self, node: ast.JoinedStr, source: Source) -> set[str]:
        return joined(self.values(part, source) for part in node.values)

    def of_FormattedValue(self, node: ast.FormattedValue, source: Source) -> set[str]:
        return self.narrowed(node.value, source)

    def of_NamedExpr(self, node: ast.NamedExpr, source: Source) -> set[str]:
        return self.values(node.value, source)

    def of_IfExp(self, node: ast.IfExp, source: Source) -> set[str]:
        return self.narrowed(node.body, source) | self.values(node.orelse, source)

    def of_BoolOp(self, node: ast.BoolOp, source: Source) -> set[str]:
        return self.any_of(node.values, source)

    def of_BinOp(self, node: ast.BinOp, source: Source) -> set[str]:
        left = self.values(node.left, source)
        if isinstance(node.op, ast.Mult):
            return left | {""}
        return joined([left, self.values(node.right, source)])

    def of_Attribute(self, node: ast.Attribute, _: Source) -> set[str]:
        return set(self.held.get(ast.unparse(node), self.held.get(node.attr, (ANY,))))

    def of_Subscript(self, node: ast.Subscript, source: Source) -> set[str]:
        return self.table(node.value, source)

    def of_Call(self, node: ast.Call, source: Source) -> set[str]:
        match node:
            case ast.Call(ast.Attribute(table, "get"), [_, *rest]):
                return self.table(table, source) | self.any_of(rest, source)
            case ast.Call(ast.Name("str"), [value]):
                return self.values(value, source)
            case ast.Call(ast.Name(name)):
                return self.returned(name, source)
        return {ANY}

    def of_Name(self, node: ast.Name, source: Source) -> set[str]:
        """By the loop that it stands in; else by what its function assigns to it or is given; else the module's."""
        found = self.looped_around(node, source)
        for function in () if found else source.functions(node):
            if (function, node.id) in self.open:
                return set()
            self.open.add((function, node.id))
            found = self.assigned(node.id, function, source) | self.given(node.id, function, source)
            self.open.discard((function, node.id))
            if found:
                break
        found = found or strings([source.names.get(node.id)])
        return set(self.held.get(node.id, (ANY,))) if ANY in found else found

    @staticmethod
    def table(node: ast.expr, source: Source) -> set[str]:
        while isinstance(node, ast.Subscript):
            node = node.value
        return strings(flat(source.evaluated(node)))

    def narrowed(self, node: ast.expr, source: Source) -> set[str]:
        """What a string may be where it stands: behind `if x == "this"`, or `if x in ("this", "that")`, only that."""
        found, said = self.values(node, source), ast.unparse(node)
        for outer, inner in source.around(node):
            if isinstance(outer, ast.If | ast.IfExp) and inner is not outer.test:
                body = outer.body if isinstance(outer, ast.If) else [outer.body]
                for test in ast.walk(outer.test) if inner in body else ():
                    match test:
                        case ast.Compare(left, [ast.Eq() | ast.In()], [right]):
                            same = ast.unparse(left) == said
                            allowed = self.any_of(source.rows(right) or [right], source)
                            narrower = allowed if ANY in found else found & allowed
                            found = narrower if same else found
        return found

    def returned(self, name: str, source: Source) -> set[str]:
        """What a function gives: by its annotation, or by what it returns."""
        own = source.names.get(name)
        if known := literals(getattr(own, "__annotations__", {}).get("return")):
            return known
        for home in self.sources:
            for each in home.tree.body:
                here = isinstance(each, ast.FunctionDef) and each.name == name
                if here and home.names.get(name) is own:
                    given = [n.value for n in ast.walk(each) if isinstance(n, ast.Return)]
                    return self.any_of([value for value in given if value], home)
        return {ANY}

    def looped_around(self, node: ast.Name, source: Source) -> set[str]:
        for outer, _ in source.around(node):
            loops = [outer] if isinstance(outer, ast.For) else getattr(outer, "generators", [])
            for loop in loops:
                if found := self.looped(node.id, loop.target, loop.iter, source):
                    return found
        return set()

    def looped(self, name: str, target: ast.expr, over: ast.expr, source: Source) -> set[str]:
        """What a loop gives to a name, which may be one of several."""
        rows, known = source.rows(over), source.evaluated(over)
        if isinstance(target, ast.Name) and target.id == name:
            found = known if isinstance(known, Iterable) else ()
            return self.any_of(rows, source) if rows else strings(found)
        targets = target.elts if isinstance(target, ast.Tuple) else []
        for at, each in enumerate(targets):
            match over:
                case ast.Call(ast.Name("zip"), args) if at < len(args):
                    if found := self.looped(name, each, args[at], source):
                        return found
                case _ if isinstance(each, ast.Name) and each.id == name:
                    written = [row.elts[at] for row in rows if isinstance(row, ast.Tuple)]
                    return self.any_of(written, source) or strings(row[at] for row in known or ())
        return set()

    def assigned(self, name: str, function: Function, source: Source) -> set[str]:
        found: set[str] = set()
        for node in ast.walk(function):
            match node:
                case ast.Assign([ast.Name(own)], value) | ast.NamedExpr(ast.Name(own), value):
                    found |= self.values(value, source) if own == name else set()
                case ast.Assign([ast.Tuple(targets)], value):
                    values = value.elts if isinstance(value, ast.Tuple) else []
                    for at, target in enumerate(targets):
                        if isinstance(target, ast.Name) and target.id == name:
                            found |= self.values(values[at], source) if values else {ANY}
        return found

    def given(self, name: str, function: Function, source: Source) -> set[str]:
        """What a parameter gets: by its annotation, else from who calls the function."""
        arguments = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        if name not in arguments or isinstance(function, ast.Lambda):
            return {ANY} if name in arguments else set()
        own = source.names.get(function.name)
        if known := literals(getattr(own, "__annotations__", {}).get(name)):
            return known
        found: set[str] = set()
        method = isinstance(source.parents[function], ast.ClassDef)
        for caller in [source] if function.name.startswith("_") else self.sources:
            for call in caller.nodes:
                if isinstance(call, ast.Call) and self.calls(call, function, own, method, caller):
                    values: dict[Any, ast.expr] = dict(
                        zip(arguments[method:], call.args, strict=False)
                    )
                    values |= {word.arg: word.value for word in call.keywords}
                    found |= self.values(values[name], caller) if name in values else set()
        return found or {ANY}

    @staticmethod
    def calls(
        call: ast.Call, function: ast.FunctionDef, own: Any, method: bool, caller: Source
    ) -> bool:
        match call.func:
            case ast.Name(name):
                return name == function.name and caller.names.get(name, own) is own
            case ast.Attribute(base, name) if name == function.name:
                held = caller.evaluated(base)
                return method or (isinstance(held, ModuleType) and getattr(held, name) is own)
        return False
