"""What a schedule keeps level as it is laid out anew: which rule holds for which installments."""

from services.engine.methods import Level, Rule


class Levels:
    """The rules by which the rows of the terms in force were laid out, by the installment that each begins with."""

    def __init__(self, rule: Rule) -> None:
        self._rules = [rule]

    def adopt(self, rule: Rule) -> None:
        """The rows from where the rule begins follow it."""
        self._rules = [*(earlier for earlier in self._rules if earlier.begins < rule.begins), rule]

    def at(self, index: int) -> Level | None:
        """What was kept level at installment `index`: by the rule that holds there, or else by the first one."""
        rule = next((rule for rule in reversed(self._rules) if rule.begins <= index), self._rules[0])
        return rule.level_at(index)
