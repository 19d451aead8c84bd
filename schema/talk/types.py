"""GraphQL types of posts and comments."""

from datetime import datetime

from graphql_app.statements.edges import reverse
from graphql_app.views.fields import one, one_of
from graphql_app.views.lists import many
from graphql_app.views.records import Node
from graphql_app.views.view import extends, view
from schema.people.models import Organization, User
from schema.talk import models as m
from schema.work.models import Task


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
    subject = one_of(
        "CommentSubject",
        m.Comment.task,
        m.Comment.post,
        description="Task or post that the comment is on. Deleting it deletes the comment.",
    )


@extends(Organization)
class OrganizationTalk:
    posts = many(reverse(m.Post.organization))
    comments = many(reverse(m.Comment.organization))


@extends(User)
class UserTalk:
    posts = many(reverse(m.Post.author))
    comments = many(reverse(m.Comment.author))


@extends(Task)
class TaskTalk:
    comments = many(reverse(m.Comment.task))
