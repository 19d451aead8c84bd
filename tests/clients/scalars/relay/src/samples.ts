// Values of every scalar, as the Relay compiler types them.
import { graphql } from 'relay-runtime';

export const samples = graphql`
  query samplesQuery($filter: SampleFilter) {
    samples(filter: $filter) {
      nodes {
        id big moment day hour local lasting data doc amount ref ratio texts grade label
        span wide prices stay shift opening
      }
    }
  }
`;
