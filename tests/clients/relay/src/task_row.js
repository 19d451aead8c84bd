// Row of a list: fields of a task and of its assignee.
import { graphql } from 'relay-runtime';

export const task = graphql`
  fragment taskRow_task on Task {
    id
    title
    status
    assignee { ...workerCard_worker @arguments(count: 2) }
  }
`;

export const complete = graphql`
  mutation taskRowCompleteMutation($input: CompleteTaskInput!) {
    completeTask(input: $input) {
      task { ...taskRow_task completedAt version }
      errors {
        __typename
        message
        ... on ConflictError { currentVersion current { id ...taskRow_task @alias(as: "task") } }
      }
    }
  }
`;
