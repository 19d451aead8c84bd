// Union, and an interface of its members.
import { graphql } from 'relay-runtime';

export const latest = graphql`
  query commentsQuery {
    comments(first: 10, orderBy: [{ createdAt: { direction: DESC } }]) {
      nodes {
        body
        subject {
          __typename
          ... on Node { id }
          ... on Task { title }
          ... on Post { title }
        }
      }
    }
  }
`;
