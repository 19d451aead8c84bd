// List of tasks and completion of one: a fragment of the row, a page of rows, and the error types of a mutation.
import type { ApolloClient } from '@apollo/client';
import { getFragmentData, graphql } from './gql/index.js';
import type { TaskOrderBy, TaskRowFragment } from './gql/graphql.js';

export const TASK_ROW = graphql(`
  fragment TaskRow on Task {
    id
    title
    status
    dueAt
    version
  }
`);

const TASKS = graphql(`
  query Tasks($filter: TaskFilter, $orderBy: [TaskOrderBy!], $first: Int!) {
    tasks(filter: $filter, orderBy: $orderBy, first: $first) {
      totalCount
      edges { node { ...TaskRow } }
    }
  }
`);

const COMPLETE = graphql(`
  mutation Complete($input: CompleteTaskInput!) {
    completeTask(input: $input) {
      task { ...TaskRow }
      errors {
        __typename
        message
        ... on ConflictError { currentVersion current { __typename ...TaskRow } }
      }
    }
  }
`);

const SOONEST_FIRST: TaskOrderBy[] = [{ dueAt: { direction: 'ASC', nulls: 'LAST' } }, { title: {} }];

export async function openTasks(client: ApolloClient, first: number): Promise<readonly TaskRowFragment[]> {
  const variables = { filter: { status: { eq: 'OPEN' as const } }, orderBy: SOONEST_FIRST, first };
  const { data } = await client.query({ query: TASKS, variables });
  return data?.tasks?.edges.map(({ node }) => getFragmentData(TASK_ROW, node)) ?? [];
}

export type Completed =
  | { readonly kind: 'done'; readonly task: TaskRowFragment }
  | { readonly kind: 'conflict'; readonly version: number | null; readonly task: TaskRowFragment | null }
  | { readonly kind: 'refused'; readonly why: readonly string[] };

export async function complete(client: ApolloClient, id: string, expectedVersion: number): Promise<Completed> {
  const { data } = await client.mutate({ mutation: COMPLETE, variables: { input: { id, expectedVersion } } });
  if (!data?.completeTask) throw new Error('no data');
  const { task, errors } = data.completeTask;
  if (task) return { kind: 'done', task: getFragmentData(TASK_ROW, task) };
  for (const error of errors) {
    if (error.__typename !== 'ConflictError') continue;
    const current = error.current?.__typename === 'Task' ? getFragmentData(TASK_ROW, error.current) : null;
    return { kind: 'conflict', version: error.currentVersion, task: current };
  }
  return { kind: 'refused', why: errors.map(({ message }) => message) };
}
