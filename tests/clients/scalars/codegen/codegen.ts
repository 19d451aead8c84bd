// graphql-codegen's client preset for a schema with every scalar.
import { readFileSync } from 'node:fs';
import type { CodegenConfig } from '@graphql-codegen/cli';

const config: CodegenConfig = {
  schema: '../../generated/scalars/schema.graphql',
  documents: ['src/samples.ts'],
  generates: {
    'src/gql/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        scalars: JSON.parse(readFileSync('../scalars.json', 'utf8')),
        strictScalars: true,
        enumsAsTypes: true,
        useTypeImports: true,
      },
    },
  },
  importExtension: '.js',
};

export default config;
