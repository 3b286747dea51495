"""
EventBridge's event patterns, which the filters of Lambda's event-source mappings share.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

import ipaddress
import operator
import re

LONGEST_PATTERN = 2048  # characters, for a rule

COMPARISONS = {"<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt}
ABSENT = object()


class InvalidPattern(ValueError):
    """What is wrong with a pattern."""


def matches(pattern, event):
    """Whether the event (parsed JSON) matches the pattern (parsed JSON, checked by `require_valid`)."""
    if isinstance(event, list):
        # All conditions on the objects in an array must hold for the same object.
        return any(matches(pattern, element) for element in event)
    fields = event if isinstance(event, dict) else {}
    return all(
        any(matches(branch, event) for branch in wanted)
        if name == "$or"
        else _field(wanted, fields.get(name, ABSENT))
        for name, wanted in pattern.items()
    )


def _field(wanted, value):
    if isinstance(wanted, dict):
        return matches(wanted, {} if value is ABSENT else value)
    if isinstance(value, list):
        if not value:
            return any(_condition(condition, ABSENT) for condition in wanted)
        return any(_field(wanted, element) for element in value)
    return any(_condition(condition, value) for condition in wanted)


def _condition(condition, value):
    if not isinstance(condition, dict):
        return _equal(condition, value)
    ((name, argument),) = condition.items()
    if name == "exists":
        # Leaves only: an object in this place is no value.
        return (value is not ABSENT and not isinstance(value, dict)) == argument
    if value is ABSENT or isinstance(value, dict):
        return False
    return OPERATORS[name](argument, value)


def _equal(wanted, value):
    """JSON equality: true is not 1, and 1 is 1.0."""
    return value is not ABSENT and isinstance(wanted, bool) == isinstance(value, bool) and wanted == value


def _on_text(test):
    """
    `test(text, argument)` for an argument that is a text, a list of them, or {"equals-ignore-case": text or
    list}.
    """

    def apply(argument, value):
        if not isinstance(value, str):
            return False
        if isinstance(argument, dict):
            argument, value = _lower(argument["equals-ignore-case"]), value.lower()
        return any(test(value, part) for part in _listed(argument))

    return apply


def _lower(argument):
    return [part.lower() for part in _listed(argument)]


def _listed(argument):
    return argument if isinstance(argument, list) else [argument]


def _anything_but(argument, value):
    if isinstance(argument, dict):
        ((name, inner),) = argument.items()
        return not OPERATORS[name](inner, value)
    return not any(_equal(part, value) for part in _listed(argument))


def _numeric(argument, value):
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return all(
        COMPARISONS[sign](value, bound) for sign, bound in zip(argument[::2], argument[1::2], strict=True)
    )


def _cidr(argument, value):
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(argument)
    except ValueError:
        return False


def _wildcard(text, argument):
    """`*` is any text, `\\*` a star and `\\\\` a backslash."""
    parts = re.split(r"(\\\\|\\\*|\*)", argument)
    pattern = "".join(
        ".*" if part == "*" else re.escape(part.removeprefix("\\") or "\\") if part else "" for part in parts
    )
    return re.fullmatch(pattern, text, re.DOTALL) is not None


OPERATORS = {
    "prefix": _on_text(str.startswith),
    "suffix": _on_text(str.endswith),
    "equals-ignore-case": _on_text(lambda text, part: text.lower() == part.lower()),
    "wildcard": _on_text(_wildcard),
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}
NEGATABLE = ("prefix", "suffix", "equals-ignore-case", "wildcard")


def require_valid(pattern):
    """
    Raise InvalidPattern for what EventBridge would refuse, so that no test passes on a pattern that cannot be
    deployed.
    """
    if not isinstance(pattern, dict) or not pattern:
        raise InvalidPattern("a pattern is an object that is not empty")
    for name, wanted in pattern.items():
        if name == "$or":
            _require_branches(wanted)
        elif isinstance(wanted, dict):
            require_valid(wanted)
        elif not isinstance(wanted, list) or not wanted:
            raise InvalidPattern(f"{name} must be an object or an array that is not empty")
        else:
            for condition in wanted:
                _require_condition(name, condition)


def _require_branches(branches):
    if not isinstance(branches, list) or len(branches) < 2:
        raise InvalidPattern("$or takes two patterns or more")
    for branch in branches:
        require_valid(branch)


def _require_condition(name, condition):
    if isinstance(condition, list):
        raise InvalidPattern(f"{name} has an array within its array")
    if not isinstance(condition, dict):
        return
    if len(condition) != 1:
        raise InvalidPattern(f"{name} has a condition with {len(condition)} operators, there must be one")
    ((operation, argument),) = condition.items()
    if operation == "exists":
        if not isinstance(argument, bool):
            raise InvalidPattern(f"{name}: exists is true or false")
    elif operation not in OPERATORS:
        raise InvalidPattern(f"{name} has the unknown operator {operation}")
    elif operation == "numeric":
        _require_comparison(name, argument)
    elif operation == "anything-but":
        _require_exclusion(name, argument)


def _require_comparison(name, argument):
    pairs = isinstance(argument, list) and len(argument) in (2, 4)
    if not pairs or any(sign not in COMPARISONS for sign in argument[::2]):
        raise InvalidPattern(f"{name}: numeric takes one or two pairs of a sign and a number")


def _require_exclusion(name, argument):
    if argument in ([], {}) or (isinstance(argument, dict) and any(key not in NEGATABLE for key in argument)):
        raise InvalidPattern(f"{name}: anything-but takes values or one of {', '.join(NEGATABLE)}")
