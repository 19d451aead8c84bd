"""Root fields of posts and comments."""

import strawberry

from graphql_app.types.lists import connection
from graphql_app.types.records import by_id
from schema.talk import models as m
from schema.talk.mutations.comments import CommentMutation
from schema.talk.mutations.posts import PostMutation

NODES = (
    m.Post,
    m.Comment,
)


@strawberry.type
class Query:
    post = by_id(m.Post, "Post with this ID; null if there is none.")
    posts = connection(m.Post, "Posts of the organization, drafts included.")
    comment = by_id(m.Comment, "Comment with this ID; null if there is none.")
    comments = connection(m.Comment, "Comments on the posts and tasks of the organization.")


@strawberry.type
class Mutation(PostMutation, CommentMutation):
    """Mutations of posts and comments."""
