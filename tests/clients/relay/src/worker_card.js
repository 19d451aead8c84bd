// Worker with a list of tasks: a fragment that Relay refetches by `node(id:)`.
import { graphql } from 'relay-runtime';

export const byId = graphql`
  query workerCardQuery($id: ID!, $count: Int!) {
    node(id: $id) { ...workerCard_worker @arguments(count: $count) @alias(as: "worker") }
  }
`;

export const worker = graphql`
  fragment workerCard_worker on Worker
  @refetchable(queryName: "workerCardMoreQuery")
  @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, cursor: { type: "String" }) {
    name
    tasks(first: $count, after: $cursor) @connection(key: "workerCard_tasks", filters: []) {
      edges { node { title } }
    }
  }
`;
