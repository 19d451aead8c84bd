// Which of Monaco's workers this one is, its name says (see workers.js). Each starts listening when it is loaded.
switch (self.name) {
  case 'graphql':
    require('monaco-graphql/esm/graphql.worker.js');
    break;
  case 'json':
    require('monaco-editor/esm/vs/language/json/json.worker.js');
    break;
  default:
    require('monaco-editor/esm/vs/editor/editor.worker.js');
}
