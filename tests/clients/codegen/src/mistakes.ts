// What must not compile. Each line below an `@ts-expect-error` is a mistake; if it compiled, tsc would complain of that.
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

// @ts-expect-error: an order has one key: which of two would come first?
export const twoKeys: TaskOrderBy = { title: {}, dueAt: {} };

// @ts-expect-error: there is no such status
export const unknownStatus: TaskFilter = { status: { eq: 'FORGOTTEN' } };

// @ts-expect-error: there is no such comparison
export const unknownComparison: StringFilter = { like: 'oil%' };

// @ts-expect-error: a task has a title
export const untitled: CreateTaskInput = { description: 'something' };

// @ts-expect-error: a time is sent as a text
export const date: CreateTaskInput = { title: 'Oil the chain', dueAt: new Date() };

// @ts-expect-error: a comment is on one thing
export const twoSubjects: CommentSubjectInput = { postId: '1', taskId: '2' };

// @ts-expect-error: a comment is on something
export const noSubject: CommentSubjectInput = {};

// @ts-expect-error: which task?
export const nameless: UpdateTaskInput = { title: 'Oil the chain' };

// @ts-expect-error: there is no such policy
export const policy: ErrorPolicy = 'HOPE_FOR_THE_BEST';

// @ts-expect-error: money is not a number
export const twice = (order: Order): number => order.total * 2;

// @ts-expect-error: what a fragment asks for is seen by who has the fragment
export const title = (data: TasksQuery): string => data.tasks.edges[0]?.node.title ?? '';

export const page = (client: ApolloClient, tasks: TypedDocumentNode<TasksQuery, TasksQueryVariables>) =>
  // @ts-expect-error: `first` is missing
  client.query({ query: tasks, variables: {} });
