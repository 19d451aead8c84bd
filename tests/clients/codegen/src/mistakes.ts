// Lines that must not compile. Without the error below an `@ts-expect-error`, tsc reports that comment.
import type { ApolloClient, TypedDocumentNode } from '@apollo/client';
import type {
  CommentSubjectInput,
  CreateTaskInput,
  ErrorPolicy,
  StringFilter,
  TaskFilter,
  TaskOrderBy,
  TasksQuery,
  TasksQueryVariables,
  UpdateTaskInput,
} from './gql/graphql.js';
import type { Order } from './money.js';

// @ts-expect-error: an entry of an order has one key, because the keys of an object have no order
export const twoKeys: TaskOrderBy = { title: {}, dueAt: {} };

// @ts-expect-error: unknown status
export const unknownStatus: TaskFilter = { status: { eq: 'FORGOTTEN' } };

// @ts-expect-error: unknown comparison
export const unknownComparison: StringFilter = { like: 'oil%' };

// @ts-expect-error: the title is required
export const untitled: CreateTaskInput = { description: 'something' };

// @ts-expect-error: a time is a string
export const date: CreateTaskInput = { title: 'Oil the chain', dueAt: new Date() };

// @ts-expect-error: a comment has only one subject
export const twoSubjects: CommentSubjectInput = { postId: '1', taskId: '2' };

// @ts-expect-error: a comment has a subject
export const noSubject: CommentSubjectInput = {};

// @ts-expect-error: the id is required
export const nameless: UpdateTaskInput = { title: 'Oil the chain' };

// @ts-expect-error: unknown policy
export const policy: ErrorPolicy = 'HOPE_FOR_THE_BEST';

// @ts-expect-error: an amount is not a number
export const twice = (order: Order): number => order.total * 2;

// @ts-expect-error: the data of a fragment requires the fragment
export const title = (data: TasksQuery): string => data.tasks?.edges[0]?.node.title ?? '';

export const page = (client: ApolloClient, tasks: TypedDocumentNode<TasksQuery, TasksQueryVariables>) =>
  // @ts-expect-error: `first` is missing
  client.query({ query: tasks, variables: {} });
