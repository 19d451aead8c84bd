// Documents of an application, which Apollo's generator finds for its manifest.
import { gql } from '@apollo/client';

const TASK_ROW = gql`
  fragment TrustedTaskRow on Task {
    id
    title
    status
  }
`;

export const TASKS = gql`
  query TrustedTasks($first: Int!, $title: String!) {
    tasks(first: $first, filter: { title: { startsWith: $title } }, orderBy: [{ title: {} }]) {
      nodes {
        ...TrustedTaskRow
      }
    }
  }
  ${TASK_ROW}
`;

export const CREATE = gql`
  mutation TrustedCreate($input: CreateTaskInput!) {
    createTask(input: $input) {
      task {
        ...TrustedTaskRow
      }
      errors {
        message
      }
    }
  }
  ${TASK_ROW}
`;
