// Types of the measured operations, in the usual form.
export const schema = `
scalar UUID
scalar DateTime
interface Node { id: UUID! }
union SearchResult = Task | Post | Comment | Worker
type Organization { id: UUID! name: String! }
type Category implements Node { id: UUID! name: String! tasks(first: Int!): Tasks! newestTasks(first: Int!, status: String!): Tasks! }
type Worker implements Node { id: UUID! name: String! tasks(first: Int!): Tasks! urgentTasks(first: Int!, priority: Int!): Tasks! }
type Workers { nodes: [Worker!]! }
type Categories { nodes: [Category!]! }
type Comment implements Node { id: UUID! body: String! createdAt: DateTime! version: Int! author: User! }
type Comments { nodes: [Comment!]! }
type Post implements Node { id: UUID! title: String! publishedAt: DateTime author: User! comments(first: Int!): Comments! }
type Posts { nodes: [Post!]! }
type User implements Node {
  id: UUID! name: String! role: String! organization: Organization! posts(first: Int!): Posts! postsByTitle(first: Int!): Posts!
}
type Users { nodes: [User!]! }
type Account { id: UUID! name: String! }
type Transfer { id: UUID! memo: String fromAccount: Account! toAccount: Account! createdBy: User }
type Entry { id: UUID! createdAt: DateTime! account: Account! transfer: Transfer! }
type Entries { nodes: [Entry!]! }
type Task implements Node {
  id: UUID! title: String! description: String status: String! priority: Int!
  dueAt: DateTime completedAt: DateTime createdAt: DateTime! updatedAt: DateTime! headline: String!
  assignee: Worker category: Category creator: User! completedBy: User parent: Task
  subtasks(first: Int!): Tasks! comments(first: Int!): Comments! newestComments(first: Int!): Comments!
}
type Tasks { nodes: [Task!]! totalCount: Int! }
type SearchResults { nodes: [SearchResult!]! }
type TaskSearch { nodes: [Task!]! totalCount: Int! }
input CreateTaskInput {
  organizationId: UUID! creatorId: UUID! title: String! description: String priority: Int!
  assigneeId: UUID categoryId: UUID
}
type CreateTaskPayload { task: Task! }
type CreateTasksPayload { results: [CreateTaskPayload!]! }
type CreateCommentPayload { comment: Comment! }
type UpdateTaskPayload { task: Task }
type DeletePayload { deletedId: UUID }
type Query {
  node(organizationId: UUID!, id: UUID!): Node
  task(organizationId: UUID!, id: UUID!): Task
  tasks(organizationId: UUID!, first: Int!): Tasks!
  tasksOf(organizationId: UUID!, assigneeId: UUID!, first: Int!): Tasks!
  tasksCommentedBy(organizationId: UUID!, author: UUID!, first: Int!): Tasks!
  tasksLabelled(organizationId: UUID!, label: String!, status: String!, first: Int!): Tasks!
  users(organizationId: UUID!, first: Int!): Users!
  workers(organizationId: UUID!, first: Int!): Workers!
  workersByName(organizationId: UUID!, first: Int!): Workers!
  categories(organizationId: UUID!, first: Int!): Categories!
  posts(organizationId: UUID!, first: Int!): Posts!
  comments(organizationId: UUID!, first: Int!): Comments!
  entries(organizationId: UUID!, first: Int!): Entries!
  search(organizationId: UUID!, query: String!, first: Int!): SearchResults!
  searchTasks(organizationId: UUID!, query: String!, first: Int!): TaskSearch!
}
type Mutation {
  createTask(input: CreateTaskInput!): CreateTaskPayload!
  createTasks(inputs: [CreateTaskInput!]!): CreateTasksPayload!
  createComment(organizationId: UUID!, authorId: UUID!, taskId: UUID!, body: String!): CreateCommentPayload!
  updateTask(organizationId: UUID!, id: UUID!, title: String!, priority: Int!): UpdateTaskPayload!
  describeTask(organizationId: UUID!, id: UUID!, description: String!, dueAt: DateTime!): UpdateTaskPayload!
  deleteTask(organizationId: UUID!, id: UUID!): DeletePayload!
  deleteComment(organizationId: UUID!, id: UUID!): DeletePayload!
}
`;
