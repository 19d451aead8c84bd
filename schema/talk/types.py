"""GraphQL types of posts and comments."""

from datetime import datetime

from graphql_app.identity.models import Organization, User
from graphql_app.sql.edges import reverse
from graphql_app.types.lists import to_many
from graphql_app.types.model_type import extends, model_type
from graphql_app.types.records import Node
from graphql_app.types.relations import to_one, to_one_of
from schema.talk import models as m
from schema.work.models import Task


@model_type(m.Post)
class Post(Node):
    title: str
    body: str
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Post.organization)
    author = to_one(m.Post.author)
    comments = to_many(m.Post.comments)


@model_type(m.Comment)
class Comment(Node):
    body: str
    created_at: datetime
    updated_at: datetime
    version: int

    organization = to_one(m.Comment.organization)
    author = to_one(m.Comment.author)
    subject = to_one_of(
        "CommentSubject",
        m.Comment.task,
        m.Comment.post,
        description="Task or post of the comment. Deleting the task or post deletes the comment.",
    )


@extends(Organization)
class OrganizationTalk:
    posts = to_many(reverse(m.Post.organization))
    comments = to_many(reverse(m.Comment.organization))


@extends(User)
class UserTalk:
    posts = to_many(reverse(m.Post.author))
    comments = to_many(reverse(m.Comment.author))


@extends(Task)
class TaskTalk:
    comments = to_many(reverse(m.Comment.task))
