// Values of every scalar, as graphql-codegen types them.
import { graphql } from './gql/index.js';
import type { SampleFilter, SamplesQuery } from './gql/graphql.js';

export const SAMPLES = graphql(`
  query Samples($filter: SampleFilter) {
    samples(filter: $filter) {
      nodes {
        id big moment day hour local lasting data doc amount ref ratio texts grade label
        span wide prices stay shift opening
      }
    }
  }
`);

type Node = NonNullable<SamplesQuery['samples']>['nodes'][number];
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export const typed: Same<
  Pick<Node, 'big' | 'moment' | 'day' | 'hour' | 'local' | 'lasting' | 'data' | 'amount' | 'span' | 'wide' | 'stay'>,
  Record<'big' | 'moment' | 'day' | 'hour' | 'local' | 'lasting' | 'data' | 'amount' | 'span' | 'wide' | 'stay', string | null>
> = true;
export const json: Same<Node['doc'], unknown> = true;
export const required: Same<Node['label'], string> = true;

export const filter: SampleFilter = {
  big: { in: ['9007199254740993'] },
  moment: { gte: '2026-01-01T00:00:00Z' },
  lasting: { lt: 'P1D' },
  doc: { contains: { a: [1] } },
  span: { overlaps: '[1,5)' },
};
// @ts-expect-error: a number would lose digits
export const wrong: SampleFilter = { big: { eq: 9007199254740993 } };
