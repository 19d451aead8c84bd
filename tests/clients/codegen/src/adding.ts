// Creation of a task, with errors by input field.
import type { ApolloClient } from '@apollo/client';
import { graphql } from './gql/index.js';
import type { CreateTaskInput } from './gql/graphql.js';

const CREATE = graphql(`
  mutation Create($input: CreateTaskInput!) {
    createTask(input: $input) {
      task { id createdAt }
      errors { code message path }
    }
  }
`);

/** Return the new task's id, or the errors by input field. */
export async function add(
  client: ApolloClient,
  input: CreateTaskInput,
): Promise<{ readonly id: string } | { readonly wrong: ReadonlyMap<string, string> }> {
  const { data } = await client.mutate({ mutation: CREATE, variables: { input } });
  const { task = null, errors = [] } = data?.createTask ?? {};
  if (task) return { id: task.id };
  return { wrong: new Map(errors.map(({ path, message }) => [path.join('.'), message])) };
}
