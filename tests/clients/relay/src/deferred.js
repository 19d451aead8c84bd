// Query with a deferred fragment and a streamed list.
import { graphql } from 'relay-runtime';

export const page = graphql`
  query deferredQuery($first: Int!) {
    tasks(first: $first) { nodes { id ...deferred_task @defer } }
  }
`;

export const task = graphql`
  fragment deferred_task on Task { title comments(first: 3) { nodes { id body } } }
`;

export const list = graphql`
  query deferredListQuery($first: Int!) {
    tasks(first: $first) { nodes @stream(initialCount: 2, label: "list") { id title } }
  }
`;
