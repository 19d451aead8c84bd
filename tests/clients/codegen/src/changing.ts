// Writes whose types prevent mistakes: a comment on one subject, a bulk update, an update that clears a value.
import type { ApolloClient } from '@apollo/client';
import { graphql } from './gql/index.js';
import type { CommentSubjectInput, ErrorPolicy, UpdateTaskInput } from './gql/graphql.js';

const COMMENT = graphql(`
  mutation Comment($input: CreateCommentInput!) {
    createComment(input: $input) {
      comment { id subject { __typename } }
      errors { message }
    }
  }
`);

const UPDATE_ALL = graphql(`
  mutation UpdateAll($inputs: [UpdateTaskInput!]!, $policy: ErrorPolicy!) {
    updateTasks(inputs: $inputs, errorPolicy: $policy) {
      count
      results { task { id dueAt } errors { __typename path } }
    }
  }
`);

/** Return the type name of the comment's subject. */
export async function comment(client: ApolloClient, subject: CommentSubjectInput, body: string): Promise<string | null> {
  const { data } = await client.mutate({ mutation: COMMENT, variables: { input: { subject, body } } });
  return data?.createComment?.comment?.subject.__typename ?? null;
}

export type Changed = { readonly count: number; readonly bad: ReadonlyMap<number, readonly string[]> };

/** Return the number of changed tasks, and the error types of the others by index. */
export async function change(client: ApolloClient, inputs: UpdateTaskInput[], policy: ErrorPolicy): Promise<Changed> {
  const { data } = await client.mutate({ mutation: UPDATE_ALL, variables: { inputs, policy } });
  const { count = 0, results = [] } = data?.updateTasks ?? {};
  const errors = results.map((row, index) => [index, row.errors.map(({ __typename }) => __typename)] as const);
  return { count, bad: new Map(errors.filter(([, kinds]) => kinds.length > 0)) };
}
