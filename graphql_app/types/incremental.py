"""Directives of incremental responses, as the schema describes them."""

from graphql import GraphQLArgument, GraphQLDeferDirective, GraphQLDirective, GraphQLStreamDirective

DEFER = "Sends the fields of the fragment in a later part of the response, if the client accepts parts."
STREAM = "Sends further items of the list in a later part of the response, if the client accepts parts."
ARGUMENTS = {
    "if": "False to send everything at once.",
    "label": "Name of the part, unique in the document.",
    "initialCount": "Number of items that are sent with the list.",
}


def incremental_directives() -> tuple[GraphQLDirective, ...]:
    """Return `@defer` and `@stream` with descriptions."""
    return tuple(
        GraphQLDirective(**each.to_kwargs() | {"description": description, "args": _described(each)})
        for each, description in ((GraphQLDeferDirective, DEFER), (GraphQLStreamDirective, STREAM))
    )


def _described(directive: GraphQLDirective) -> dict[str, GraphQLArgument]:
    return {
        name: GraphQLArgument(**argument.to_kwargs() | {"description": ARGUMENTS[name]})
        for name, argument in directive.args.items()
    }
