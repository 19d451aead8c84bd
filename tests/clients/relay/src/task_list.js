// Growing list of all tasks or of a worker's: a fragment with a pagination query of its own.
import { graphql } from 'relay-runtime';

export const page = graphql`
  query taskListQuery($count: Int!, $filter: TaskFilter, $orderBy: [TaskOrderBy!]) {
    ...taskList_tasks @arguments(count: $count, filter: $filter, orderBy: $orderBy)
  }
`;

export const tasks = graphql`
  fragment taskList_tasks on Query
  @refetchable(queryName: "taskListMoreQuery")
  @argumentDefinitions(
    count: { type: "Int", defaultValue: 10 }
    cursor: { type: "String" }
    filter: { type: "TaskFilter" }
    orderBy: { type: "[TaskOrderBy!]" }
  ) {
    tasks(first: $count, after: $cursor, filter: $filter, orderBy: $orderBy)
      @connection(key: "taskList_tasks", filters: ["filter", "orderBy"]) {
      totalCount
      edges { node { ...taskRow_task } }
    }
  }
`;
