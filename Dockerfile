# The API server, without the embedded PostgreSQL: it is given DATABASE_URL. compose.yaml shows how it is run.
#
#     docker build --tag workline .
#     docker run --env-file production.env workline migrate
#     docker run --env-file production.env --publish 8000:8000 workline

FROM python:3.13-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

# dependencies change rarely: these layers are made again only when a lock does. Wheels only, so no compiler is needed.
COPY requirements/runtime.txt requirements/build.txt requirements/
RUN python -m venv --without-pip /opt/workline
RUN python -m pip --python /opt/workline install --no-compile --require-hashes --only-binary :all: \
    --requirement requirements/runtime.txt
RUN python -m pip install --require-hashes --only-binary :all: --requirement requirements/build.txt

COPY pyproject.toml README.md CHANGELOG.md llms.txt ./
COPY docs docs
COPY graphql_app graphql_app
RUN python -m pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheels .
RUN python -m pip --python /opt/workline install --no-compile --no-index --no-deps --find-links /wheels workline

# the application that is served: pyproject.toml names its two folders. Put your own in their place
COPY pyproject.toml /srv/workline/
COPY schema /srv/workline/schema
COPY migrations /srv/workline/migrations

# bytecode that is trusted by its content, not by a file's time: the same sources make the same layer
RUN python -m compileall -q --invalidation-mode unchecked-hash /opt/workline/lib /srv/workline


FROM python:3.13-slim-bookworm

LABEL org.opencontainers.image.title="Workline" \
      org.opencontainers.image.description="A self-hosted GraphQL API server for service businesses"

COPY --from=build /opt/workline /opt/workline
COPY --from=build /srv/workline /srv/workline

ENV PATH=/opt/workline/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WORKLINE_ENV=production

# nobody in particular, by number, so that an orchestrator can see that it is not root; nothing needs to be written
USER 10001:10001
WORKDIR /srv/workline

EXPOSE 8000

# whether the process answers: that the database is reachable is another question, /health/ready, and no reason to restart
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as http; http.urlopen('http://127.0.0.1:' + os.environ.get('WORKLINE_PORT', '8000') + '/health/live', timeout=4)"]

# exec form: the server is process 1 and gets SIGTERM itself, upon which it finishes what is running
ENTRYPOINT ["workline"]
CMD ["serve", "--host", "0.0.0.0"]
