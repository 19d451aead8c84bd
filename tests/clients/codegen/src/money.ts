// Amounts as strings, never floats: the sum of an order's lines, in hundredths.
import type { ApolloClient } from '@apollo/client';
import { graphql } from './gql/index.js';
import type { OrdersQuery } from './gql/graphql.js';

const ORDERS = graphql(`
  query Orders($first: Int!) {
    orders(first: $first) {
      nodes {
        id
        total
        placedAt
        lines {
          nodes { amount }
        }
      }
    }
  }
`);

export type Order = NonNullable<OrdersQuery['orders']>['nodes'][number];

/** Return "12.50" as 1250. */
export const hundredths = (amount: string): bigint => BigInt(amount.replace('.', ''));

export const total = (order: Order): bigint =>
  order.lines.nodes.reduce((sum, { amount }) => sum + hundredths(amount), 0n);

export const daysSince = (order: Order, now: Date): number | null =>
  order.placedAt === null ? null : Math.floor((now.getTime() - Date.parse(order.placedAt)) / 86_400_000);

export async function orders(client: ApolloClient, first: number): Promise<readonly Order[]> {
  const { data } = await client.query({ query: ORDERS, variables: { first } });
  return data?.orders?.nodes ?? [];
}
