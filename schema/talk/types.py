"""How posts and comments are shown."""

from datetime import datetime

from graphql_app.views.fields import one, one_of
from graphql_app.views.lists import many
from graphql_app.views.node import Node
from graphql_app.views.view import view
from schema.talk import models as m


@view(m.Post)
class Post(Node):
    title: str
    body: str
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Post.organization)
    author = one(m.Post.author)
    comments = many(m.Post.comments)


@view(m.Comment)
class Comment(Node):
    body: str
    created_at: datetime
    updated_at: datetime
    version: int

    organization = one(m.Comment.organization)
    author = one(m.Comment.author)
    subject = one_of("CommentSubject", m.Comment.task, m.Comment.post, description="The task or post it is on.")
