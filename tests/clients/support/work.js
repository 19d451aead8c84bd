// Tasks of a test's own, so that tests which run at the same time do not meet.
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

/** Tasks of which the first is `title 01`; they carry nothing but their titles and what `more` says. */
export async function createTasks(token, title, count, more = {}) {
  const tasks = [];
  for (let number = 1; number <= count; number += 1) {
    tasks.push(await createTask(token, { title: `${title} ${String(number).padStart(2, '0')}`, ...more }));
  }
  return tasks;
}

/** What somebody else does behind a client's back. */
export async function completeTask(token, id) {
  const { completeTask: payload } = await ask(COMPLETE, { input: { id } }, token);
  return payload.task;
}
