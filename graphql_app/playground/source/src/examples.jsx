// The examples menu. An example opens in the tab that has it, in the current one if that is empty, or in a new one.
import { ChevronDownIcon, DropdownMenu, pick, useGraphiQL, useGraphiQLActions } from '@graphiql/react';
import examples from 'examples';
import { findVariables } from './variables.js';

const showTab = () => document.querySelector('.graphiql-tab-active')?.scrollIntoView({ inline: 'nearest' });

function useOpenExample() {
  const { addTab, changeTab } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(pick('tabs', 'queryEditor', 'variableEditor'));
  if (!queryEditor || !variableEditor) return null; // Monaco is still being set up
  return async (example) => {
    const variables = await findVariables(example);
    const known = tabs.findIndex(({ query }) => query === example.query);
    if (known >= 0) changeTab(known);
    else if (queryEditor.getValue().trim()) addTab();
    queryEditor.setValue(example.query);
    variableEditor.setValue(variables);
    queryEditor.focus();
    requestAnimationFrame(showTab);
  };
}

export function Examples() {
  const open = useOpenExample();
  return (
    <DropdownMenu>
      <DropdownMenu.Button className="workline-menu" disabled={!open}>
        Examples <ChevronDownIcon aria-hidden="true" />
      </DropdownMenu.Button>
      <DropdownMenu.Content className="workline-examples">
        {examples.map((example) => (
          <DropdownMenu.Item key={example.title} onSelect={() => open(example)}>{example.title}</DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}
