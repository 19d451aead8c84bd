// Monaco's workers start from a blob of what the page brings along, so that there is nothing else to fetch. Monaco
// starts the JSON one again whenever the variables' types change: one small script for all of them keeps that cheap.
let address;

function workerAddress() {
  const script = document.getElementById('worker').textContent;
  address ??= URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  return address;
}

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(workerAddress(), { name: label }),
};
