// Preloaded module with which `graphql` is version 17, also in the packages of clients.
import { register } from 'node:module';

register('./graphql17_resolution.js', import.meta.url);
