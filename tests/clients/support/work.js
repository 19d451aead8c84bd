// Tasks of a single test, so that concurrent tests are independent.
import { ask } from './asking.js';

const CREATE = `mutation Create($input: CreateTaskInput!) {
  createTask(input: $input) { task { id version } errors { message } }
}`;
const COMPLETE = `mutation Complete($input: CompleteTaskInput!) {
  completeTask(input: $input) { task { version } errors { message } }
}`;

export async function createTask(token, input) {
  const { createTask: payload } = await ask(CREATE, { input }, token);
  return payload.task;
}

/** Create tasks, the first of which is `title 01`, with only their titles and the fields of `more`. */
export async function createTasks(token, title, count, more = {}) {
  const tasks = [];
  for (let number = 1; number <= count; number += 1) {
    tasks.push(await createTask(token, { title: `${title} ${String(number).padStart(2, '0')}`, ...more }));
  }
  return tasks;
}

/** Change a task concurrently, without the tested client. */
export async function completeTask(token, id) {
  const { completeTask: payload } = await ask(COMPLETE, { input: { id } }, token);
  return payload.task;
}
