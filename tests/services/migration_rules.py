"""What a migration may not do while the version before it is at work."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

CONTRACT: Final = "CONTRACT"
"""Name of the constant by which a migration says why it may take something away."""
TAKING_AWAY: Final = frozenset({"drop_column", "drop_table", "drop_constraint", "rename_table"})
SQL_TAKING_AWAY: Final = ("drop table", "drop column", "alter table", "set not null", "create index", "rename")


@dataclass
class Migration:
    """The `upgrade` of a migration, as written."""

    tree: ast.Module
    created: set[str] = field(default_factory=set)
    """Tables that it makes itself: nobody uses them yet."""

    @property
    def contract(self) -> str | None:
        for node in self.tree.body:
            if isinstance(node, ast.Assign) and [t.id for t in node.targets if isinstance(t, ast.Name)] == [CONTRACT]:
                return str(ast.literal_eval(node.value))
        return None

    @property
    def builds_online(self) -> bool:
        """Whether it calls `create_index` of services.migrations.online, by its bare name."""
        called = (node.func for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return any(isinstance(function, ast.Name) and function.id == "create_index" for function in called)

    def calls(self) -> Iterator[tuple[str, str, ast.Call]]:
        """Every call on `op` or a batch in `upgrade` and what it calls in the module, with name and table."""
        functions = {node.name: node for node in self.tree.body if isinstance(node, ast.FunctionDef)}
        reached = [functions[name] for name in functions if name != "downgrade"]
        for function in reached:
            batches = dict(_batches(function))
            for node in ast.walk(function):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                    continue
                if not isinstance(node.func.value, ast.Name):
                    continue
                on, name = node.func.value.id, node.func.attr
                if on == "op":
                    yield name, _table(name, node), node
                elif on in batches:
                    yield name, batches[on], node


def _batches(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        if isinstance(node, ast.With):
            for item in node.items:
                call, bound = item.context_expr, item.optional_vars
                if isinstance(call, ast.Call) and isinstance(bound, ast.Name) and call.args:
                    yield bound.id, _text(call.args[0])


def _table(name: str, call: ast.Call) -> str:
    """The table that the operation changes."""
    named = next((_text(k.value) for k in call.keywords if k.arg == "table_name"), None)
    if named is not None:
        return named
    position = 1 if name.endswith(("_index", "_constraint", "_foreign_key")) else 0
    return _text(call.args[position]) if len(call.args) > position else ""


def _text(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else ast.unparse(node)


def forbidden_in(source: str) -> list[str]:
    """What breaks the rule of docs/decisions/0013, a sentence for each; nothing for a contract step that says why."""
    migration = Migration(ast.parse(source))
    if migration.contract:
        return []
    calls = list(migration.calls())
    created = {table for name, table, _ in calls if name == "create_table"}
    found = [f"{name} on {table}: {why}" for name, table, call in calls if (why := _wrong(name, table, call, created))]
    if calls and migration.builds_online:
        found.append("an index built beside writers needs a migration of its own: tried again, the rest is done twice")
    return found


def _wrong(name: str, table: str, call: ast.Call, created: set[str]) -> str | None:
    if table in created:
        return None
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
    if name in TAKING_AWAY:
        return "the version before still uses it"
    if name == "create_index":
        return "it keeps writers waiting: services.migrations.online.create_index"
    if name in ("create_foreign_key", "create_check_constraint", "create_unique_constraint"):
        return "it looks through the whole table under a lock"
    if name == "alter_column" and set(options) & {"nullable", "new_column_name", "type_"}:
        return "the version before writes it as it was"
    if name == "add_column" and _needs_a_value(call):
        return "the version before does not fill it: nullable, or with a server_default"
    if name == "execute":
        statement = ast.unparse(call).lower()
        return next((f"{part} by hand" for part in SQL_TAKING_AWAY if part in statement), None)
    return None


def _needs_a_value(call: ast.Call) -> bool:
    column = next((arg for arg in call.args if isinstance(arg, ast.Call)), None)
    if column is None:
        return True
    options = {keyword.arg: ast.unparse(keyword.value) for keyword in column.keywords}
    return options.get("nullable", "True") == "False" and "server_default" not in options
