import './workers.js';
import './fonts.css';
import '@graphiql/react/style.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import 'graphiql/graphiql.css';
import './page.css';
import './inspector.css';
import { DOC_EXPLORER_PLUGIN, DocExplorerStore } from '@graphiql/plugin-doc-explorer';
import { HISTORY_PLUGIN, HistoryStore } from '@graphiql/plugin-history';
import { GraphiQLProvider } from '@graphiql/react';
import examples from 'examples';
import { GraphiQL, GraphiQLInterface } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { fetcher } from './fetcher.js';
import { Header } from './header.jsx';
import { Inspector } from './inspector.jsx';
import { session } from './session.js';

const FIRST = examples.find(({ variables, source }) => !variables && !source);
const PLUGINS = [DOC_EXPLORER_PLUGIN, HISTORY_PLUGIN];

const Page = () => (
  <GraphiQLProvider
    fetcher={fetcher}
    plugins={PLUGINS}
    referencePlugin={DOC_EXPLORER_PLUGIN}
    defaultQuery={FIRST.query}
    shouldPersistHeaders={false}
    inputValueDeprecation
    schemaDescription
  >
    <HistoryStore>
      <DocExplorerStore>
        <Header />
        <GraphiQLInterface defaultEditorToolsVisibility="variables" showPersistHeadersSettings={false}>
          <GraphiQL.Logo>GraphiQL</GraphiQL.Logo>
          <GraphiQL.Footer>
            <Inspector />
          </GraphiQL.Footer>
        </GraphiQLInterface>
      </DocExplorerStore>
    </HistoryStore>
  </GraphiQLProvider>
);

session.check();
createRoot(document.getElementById('root')).render(<Page />);
