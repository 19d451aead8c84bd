// Values of every scalar, as gql.tada types them.
import { initGraphQLTada, type ResultOf, type VariablesOf } from 'gql.tada';
import type { introspection } from '../../../generated/scalars/tada.js';

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: {
    Base64: string; BigInt: string; BigIntRange: string; Date: string; DateRange: string; DateTime: string;
    DateTimeRange: string; Decimal: string; DecimalRange: string; Duration: string; IntRange: string; JSON: unknown;
    LocalDateTime: string; LocalDateTimeRange: string; Time: string;
  };
}>();

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

type Node = NonNullable<ResultOf<typeof SAMPLES>['samples']>['nodes'][number];
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export const big: Same<Node['big'], string | null> = true;
export const moment: Same<Node['moment'], string | null> = true;
export const span: Same<Node['span'], string | null> = true;
export const json: Same<Node['doc'], unknown> = true;
export const required: Same<Node['label'], string> = true;
export const variables: VariablesOf<typeof SAMPLES> = { filter: { big: { eq: '1' }, lasting: { lt: 'P1D' } } };
// @ts-expect-error: a number would lose digits
export const wrong: VariablesOf<typeof SAMPLES> = { filter: { big: { eq: 9007199254740993 } } };
