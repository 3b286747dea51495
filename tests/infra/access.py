"""Who may do what: the part of IAM's evaluation that the template's policies use, and no more of it.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

import operator
import re

def like(pattern, text):
    """IAM's wildcards: `*` is any text, `?` one character."""
    expression = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def listed(value):
    return value if isinstance(value, list) else [value]


def _any_like(patterns, values):
    return any(like(pattern, value) for pattern in listed(patterns) for value in listed(values))


def _any_equal(wanted, values):
    return bool(set(listed(wanted)) & set(listed(values)))


def _any_number(compare):
    return lambda wanted, values: any(compare(float(v), float(w)) for w in listed(wanted) for v in listed(values))


# A key that is absent fails an operator, save a negated one and one with IfExists.
OPERATORS = {
    "StringEquals": (_any_equal, False),
    "StringEqualsIfExists": (_any_equal, True),
    "StringNotEquals": (lambda wanted, values: not _any_equal(wanted, values), True),
    "NumericGreaterThan": (_any_number(operator.gt), False),
    "NumericLessThanEquals": (_any_number(operator.le), False),
    "Bool": (_any_equal, False),
    "ArnEquals": (_any_like, False),
    "ArnLike": (_any_like, False),
    "ArnNotEquals": (lambda wanted, values: not _any_like(wanted, values), True),
}


def _holds(condition, context):
    for name, keys in condition.items():
        if name == "Null":
            if any((key not in context) != (wanted == "true") for key, wanted in keys.items()):
                return False
            continue
        test, if_absent = OPERATORS[name]
        for key, wanted in keys.items():
            if key in context:
                if not test(wanted, context[key]):
                    return False
            elif not if_absent:
                return False
    return True


def _is_about(principal, context):
    if principal == "*":
        return True
    if "Service" in principal:
        return _any_equal(principal["Service"], context.get("service", ""))
    # An account's root in a policy stands for what the account's own policies allow; here it is root alone.
    return _any_equal(principal["AWS"], context["aws:PrincipalArn"]) if "aws:PrincipalArn" in context else False


def statements(document, effect):
    return [statement for statement in listed(document["Statement"]) if statement["Effect"] == effect]


def _applies(statement, action, resource, context):
    return (
        any(like(part.lower(), action.lower()) for part in listed(statement["Action"]))
        and _any_like(statement["Resource"], resource)
        and ("Principal" not in statement or _is_about(statement["Principal"], context))
        and _holds(statement.get("Condition", {}), context)
    )


def may(context, action, resource, *, own=(), attached=None):
    """Whether a call is allowed, by the caller's own policies or the resource's, in one account.

    `context` has the request's condition keys; a service that calls by itself has `service`. `own` are the caller's policies,
    `attached` is the resource's, if it has one.
    """
    is_service = "service" in context
    context = {"aws:PrincipalIsAWSService": str(is_service).lower()} | context
    documents = [*own, *([attached] if attached else [])]

    def any_of(effect):
        return any(
            _applies(statement, action, resource, context)
            for document in documents
            for statement in statements(document, effect)
        )

    return any_of("Allow") and not any_of("Deny")


def role(arn, **keys):
    return {"aws:PrincipalArn": arn} | keys


def service(name, **keys):
    return {"service": name} | keys


ADMINISTRATOR = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
