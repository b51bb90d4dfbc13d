"""Which function translates which op."""

from onnx import helper


def registry():
    """A table, op -> function of a Translation, a node and its attributes, and a
    decorator that enters a function for the ops that it is given."""
    handlers = {}

    def handles(*ops):
        def register(function):
            handlers.update(dict.fromkeys(ops, function))
            return function

        return register

    return handlers, handles


def attributes_of(node):
    return {a.name: helper.get_attribute_value(a) for a in node.attribute}
