// Latest data of a watched query, which a component would render.
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE = 5_000;

/** Watch `options`; `shown()` returns the latest data, `until(condition)` waits for data that satisfies it. */
export function watch(client, options) {
  const observable = client.watchQuery(options);
  let data;
  const subscription = observable.subscribe((result) => {
    if (!result.loading) data = result.data;
  });
  return {
    observable,
    shown: () => data,
    stop: () => subscription.unsubscribe(),
    async until(condition) {
      const end = Date.now() + PATIENCE;
      while (!(data && condition(data))) {
        if (Date.now() > end) throw new Error(`still shown: ${JSON.stringify(data)}`);
        await sleep(5);
      }
      return data;
    },
  };
}
