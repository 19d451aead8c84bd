// Prettier without its JavaScript parser, which would be there to indent JSON only.
import { applyEdits, format as jsonEdits } from 'jsonc-parser';
import { format as formatByPlugin } from 'prettier/standalone.mjs';

const JSON_STYLE = { tabSize: 2, insertSpaces: true, eol: '\n' };

const formatJson = (text) => applyEdits(text, jsonEdits(text, undefined, JSON_STYLE));

export async function format(text, options) {
  return options.parser === 'graphql' ? formatByPlugin(text, options) : formatJson(text);
}
