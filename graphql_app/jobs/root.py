"""Root fields of background jobs."""

import strawberry
from strawberry import ID

from graphql_app.jobs import models as m
from graphql_app.jobs.queue import cancel_job
from graphql_app.mutations.inputs import input_of
from graphql_app.mutations.mutation import mutation
from graphql_app.mutations.payloads import Payload, record
from graphql_app.types.declarations import field
from graphql_app.types.lists import connection
from graphql_app.types.records import by_id

NODES = (m.Job,)


@input_of(m.Job, "Input of `cancelJob`.")
class CancelJobInput:
    id: ID = field("ID of the job.")


@strawberry.type(description="Payload of `cancelJob`.")
class CancelJobPayload(Payload):
    job = record(m.Job, "The job; null if there are errors.")


@strawberry.type
class JobQuery:
    job = by_id(m.Job, "Background job with this ID; null if there is none that is visible to the viewer.")
    jobs = connection(m.Job, "Background jobs of the organization for owners; for other users, those they started.")


@strawberry.type
class JobMutation:
    cancel_job = mutation(
        cancel_job,
        CancelJobInput,
        CancelJobPayload,
        "Cancel a background job. Completed steps are kept. Owners cancel any job, other users those they started.",
    )


Query, Mutation = JobQuery, JobMutation
